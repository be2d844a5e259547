#!/usr/bin/python
"""A module without check mode."""
from ansible.module_utils.basic import AnsibleModule


def main():
    module = AnsibleModule(argument_spec={"path": {"type": "str"}})
    module.exit_json(changed=True, msg="did something")


main()
