"""ansible-inventory, which asks its sources and no cache of theirs.

A file of an inventory plugin can say `cache: true`, above all that the environment says. ansible-playbook has
--flush-cache against it, and ansible-inventory has not.
"""
from ansible import cli
from ansible.cli import inventory


class Fresh(cli.InventoryManager):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **dict(options, cache=False))


cli.InventoryManager = Fresh

if __name__ == "__main__":
    inventory.main()
