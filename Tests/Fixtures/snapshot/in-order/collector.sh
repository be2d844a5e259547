# Two hosts, with secrets by key and by shape, an array without order, and a fact that is not asked for.
cat <<'END'
{"target": "web2", "facts": {"os": {"name": "Debian", "version": "12"}, "packages": ["vim", "curl"], "noise": 1}}

{"facts": {"packages": ["curl", "vim"], "motd": "token = abc\nwelcome", "app": {"db_password": "x", "url": "https://u:p@db/"}}, "target": "web1"}
END
