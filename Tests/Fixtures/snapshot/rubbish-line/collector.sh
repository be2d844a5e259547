# A word of its own on standard output.
echo 'Warning: cache is old'
echo '{"target": "web1", "facts": {"a": 1}}'
