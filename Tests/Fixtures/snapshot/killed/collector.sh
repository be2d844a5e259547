echo '{"target": "web1", "facts": {"a": 1}}'
kill -9 $$
