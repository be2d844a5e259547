# The same target twice; the other one is not touched by it.
echo '{"target": "web1", "facts": {"a": 1}}'
echo '{"target": "web1", "facts": {"a": 2}}'
echo '{"target": "web2", "facts": {"a": 1}}'
