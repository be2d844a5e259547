extension AuthorityConfiguration {
  /// A root module and how to plan it.
  package struct Tofu: AuthoritySettings {
    package static var kind: AuthorityKind { .tofu }
    package static var hasState: Bool { true }

    /// A program's name to be looked up, or a path; nil: tofu, else terraform.
    package var binary: String?
    /// The workspace, which is the source's target.
    package var workspace: String
    /// The workspace, as a target.
    package var target: TargetName { TargetName(workspace) }
    /// Variable files, relative to the directory.
    package var varFiles: [String]

    package init(binary: String? = nil, workspace: String = "default", varFiles: [String] = []) {
      self.binary = binary
      self.workspace = workspace
      self.varFiles = varFiles
    }

    package init<Reader: SettingsReader>(reading reader: inout Reader) throws(Reader.Failure) {
      self.init(
        binary: try reader.optionalString("binary"), workspace: try reader.optionalString("workspace") ?? "default",
        varFiles: try reader.optionalStrings("var-files") ?? [])
    }

    package var settings: [Setting] {
      [
        .text("binary", binary), .text("workspace", workspace == "default" ? nil : workspace),
        .list("var-files", varFiles),
      ]
    }
  }
}
