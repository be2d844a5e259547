# web2 was there before and is not now; web3 was taken out for good.
echo '{"target": "web1", "facts": {"a": 1}}'
