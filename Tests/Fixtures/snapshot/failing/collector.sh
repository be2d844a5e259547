# It fails behind a whole line.
echo '{"target": "web1", "facts": {"a": 1}}'
echo 'cannot log in: password=hunter2' >&2
exit 3
