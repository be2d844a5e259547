# Facts that are none, more than was agreed on, nothing that is wanted, and a key twice.
echo '{"target": "a", "facts": [1]}'
echo '{"target": "b", "facts": {"wanted": 1}, "error": "x"}'
echo '{"target": "c", "facts": {"other": 1}}'
echo '{"target": "d", "facts": {"wanted": 1, "wanted": 2}}'
