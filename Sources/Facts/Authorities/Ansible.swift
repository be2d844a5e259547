extension AuthorityConfiguration {
  /// A playbook and how to check it.
  package struct Ansible: AuthoritySettings {
    package static var kind: AuthorityKind { .ansible }
    package static var hasPlays: Bool { true }

    /// Where ansible-playbook and ansible-inventory lie; nil: on the path.
    package var binaryDirectory: String?
    /// The playbook, relative to the directory.
    package var playbook: String
    /// The inventory, relative to the directory.
    package var inventory: String
    /// A file with the vault's password.
    package var vaultPasswordFile: String?
    /// Files of extra variables.
    package var extraVarsFiles: [String]
    /// Refuses a playbook with a task that would run for real in check mode.
    package var strictReadOnly: Bool
    /// Names of tasks, as they are written, with `ROLE : ` in front, that may run for real in check mode because they say
    /// `check_mode: false`. All others that can write are held to check mode.
    package var allowedRealTasks: [String]

    package init(
      binaryDirectory: String? = nil, playbook: String, inventory: String, vaultPasswordFile: String? = nil,
      extraVarsFiles: [String] = [], strictReadOnly: Bool = false, allowedRealTasks: [String] = []
    ) {
      self.binaryDirectory = binaryDirectory
      self.playbook = playbook
      self.inventory = inventory
      self.vaultPasswordFile = vaultPasswordFile
      self.extraVarsFiles = extraVarsFiles
      self.strictReadOnly = strictReadOnly
      self.allowedRealTasks = allowedRealTasks
    }

    package init<Reader: SettingsReader>(reading reader: inout Reader) throws(Reader.Failure) {
      self.init(
        binaryDirectory: try reader.optionalString("binary-directory"), playbook: try reader.string("playbook"),
        inventory: try reader.string("inventory"), vaultPasswordFile: try reader.optionalString("vault-password-file"),
        extraVarsFiles: try reader.optionalStrings("extra-vars-files") ?? [],
        strictReadOnly: try reader.optionalBool("strict-read-only") ?? false,
        allowedRealTasks: try reader.optionalStrings("allow-real-tasks") ?? [])
    }

    package var settings: [Setting] {
      [
        .text("binary-directory", binaryDirectory), .text("playbook", playbook), .text("inventory", inventory),
        .text("vault-password-file", vaultPasswordFile), .list("extra-vars-files", extraVarsFiles),
        .list("allow-real-tasks", allowedRealTasks), .text("strict-read-only", strictReadOnly ? "true" : nil),
      ]
    }
  }
}
