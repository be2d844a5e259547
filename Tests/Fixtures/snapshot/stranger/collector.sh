# A target that nobody declared.
echo '{"target": "web1", "facts": {"a": 1}}'
echo '{"target": "web9", "facts": {"a": 1}}'
