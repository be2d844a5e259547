echo '{"target": "web1", "facts": {"a": 1}}'
exec sleep 600
