# It ends within the second line, as when it is killed.
echo '{"target": "web1", "facts": {"a": 1}}'
printf '{"target": "web2", "fac'
