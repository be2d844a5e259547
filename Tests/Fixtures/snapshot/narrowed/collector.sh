# --target web2: nothing is said of web1.
echo '{"target": "web1", "facts": {"a": 1}}'
echo '{"target": "web2", "facts": {"a": 1}}'
