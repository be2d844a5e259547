"""ansible's own settings, whichever file they stand in: what is not known to change nothing is a reason."""
from __future__ import annotations

import configparser
import os
import re

from ansible import constants

import connection

# Settings that change a run's output and how it reaches its hosts, and not what it does there; paths of plugins and
# roles are followed.
SETTINGS = set("""
action_plugins always ansible_managed any_errors_fatal any_unparsed_is_failed ask_pass ask_vault_pass become
become_ask_pass become_method become_plugins become_user bin_ansible_callbacks cache_plugins callback_plugins
callback_whitelist callbacks_enabled cliconf_plugins collections_path collections_paths command_warnings
connection_plugins context control_path control_path_dir deprecation_warnings display_args_to_stdout
display_failed_stderr display_ok_hosts display_skipped_hosts doc_fragment_plugins duplicate_dict_key enable_plugins
error_on_missing_handler error_on_undefined_vars fact_caching fact_caching_connection fact_caching_prefix
fact_caching_timeout filter_plugins force_color force_handlers forks gather_subset gather_timeout gathering
hash_behaviour host_key_checking httpapi_plugins inject_facts_as_vars inventory inventory_plugins jinja2_native
library local_tmp localhost_warning log_path lookup_plugins max_diff_size module_utils netconf_plugins no_log
no_target_syslog nocolor nocows pipelining poll_interval private_key_file record_host_keys remote_port remote_tmp
remote_user result_format retries retry_files_enabled roles_path scp_if_ssh show_custom_stats
show_task_path_on_failure stdout_callback strategy strategy_plugins system_warnings terminal_plugins test_plugins
timeout transfer_method transport unparsed_is_failed unreachable_retries usetty vars_plugins vault_identity
vault_identity_list vault_password_file verbosity
""".split())
SECTIONS = {"colors", "galaxy", "tags"}
PERSISTENT = {"command_timeout", "connect_retry_timeout", "connect_timeout"}
# Those that praxis itself sets, and takes from no source.
OWN = set("""
ANSIBLE_ANY_UNPARSED_IS_FAILED ANSIBLE_CACHE_PLUGIN ANSIBLE_CALLBACKS_ENABLED ANSIBLE_CALLBACK_PLUGINS ANSIBLE_CONFIG
ANSIBLE_DEBUG ANSIBLE_DISPLAY_ARGS_TO_STDOUT ANSIBLE_FORCE_COLOR ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED
ANSIBLE_INVENTORY_CACHE ANSIBLE_INVENTORY_UNPARSED_FAILED ANSIBLE_LOCALHOST_WARNING ANSIBLE_LOCAL_TEMP ANSIBLE_LOG_PATH
ANSIBLE_MAX_DIFF_SIZE ANSIBLE_NOCOLOR ANSIBLE_RETRY_FILES_ENABLED ANSIBLE_STDOUT_CALLBACK ANSIBLE_VERBOSITY
""".split())
# No sign of a shell or of a template.
PLAIN = re.compile(r"[\w\s.,:/@~%+*=?!()'\"\[\]-]*\Z")
# A text for people.
TEXTS = {"ansible_managed"}


def judge(tell):
    path = constants.CONFIG_FILE
    if not path:
        return
    parser = configparser.ConfigParser(inline_comment_prefixes=(";",), interpolation=None, strict=False)
    try:
        with open(path, encoding="utf-8") as file:
            parser.read_string(file.read())
    except (OSError, UnicodeDecodeError, configparser.Error):
        tell(path, "it cannot be read")
        return
    for section in parser.sections():
        for name, value in parser.items(section):
            why = problem(section, name, value or "")
            if why:
                tell(path, why)


def of_environment(tell):
    """The same settings, as a source's environment gives them."""
    for variable in sorted(os.environ):
        name = variable.removeprefix("ANSIBLE_").lower()
        if variable.startswith("ANSIBLE_") and variable not in OWN:
            why = problem("", {"remote_temp": "remote_tmp"}.get(name, name), os.environ[variable])
            if why:
                tell(f"the source's environment: {variable}", why)


def problem(section, name, value):
    if section in SECTIONS or section == "persistent_connection" and name in PERSISTENT:
        return None
    if section == "persistent_connection" or name not in SETTINGS and name not in connection.SETTINGS:
        return f"{name}: what it does is not known"
    if name in connection.SETTINGS:
        return connection.problem(name, connection.SETTINGS[name], value.strip(), lambda text: [text])
    if name not in TEXTS and not PLAIN.match(value):
        return f"{name} has a value that is not known to be harmless"
    return None
