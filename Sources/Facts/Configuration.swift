/// What praxis.yaml says, as values. Reading it is the business of StateRepository.
public struct Configuration: Sendable, Hashable {
  /// What its file says its format is.
  public static let format = "praxis.config/1"

  /// The sources, in the order of their names.
  public var sources: [SourceConfiguration]
  /// The digest of the configuration in force.
  public var rules: Rules
  /// Glob patterns of keys whose values are redacted wherever they stand.
  public var redactedKeys: [String]

  /// From its parts.
  public init(sources: [SourceConfiguration], rules: Rules, redactedKeys: [String]) {
    self.sources = sources
    self.rules = rules
    self.redactedKeys = redactedKeys
  }

  /// What is redacted where praxis.yaml says nothing.
  public static let defaultRedactedKeys = [
    "*password*", "*passwd*", "*secret*", "*token*", "*private_key*", "*passphrase*", "*api_key*", "*apikey*",
    "*access_key*",
    "*private-key*", "*privatekey*", "*preshared*key*", "*pre?shared?key*", "psk", "*_psk", "*-psk", "auth_pass",
    "bindpw", "rootpw", "requirepass", "masterauth",
  ]

  /// The source of this name.
  public func source(named name: SourceName) -> SourceConfiguration? {
    sources.first { $0.name == name }
  }
}

/// One source: an authority and how to ask it.
public struct SourceConfiguration: Sendable, Hashable {
  /// Its name.
  public var name: SourceName
  /// Who says what should be.
  public var authority: AuthorityConfiguration
  /// Where the tool runs; an absolute path.
  public var directory: String
  /// The variables that are passed on.
  public var environment: PassedEnvironment
  /// Older than this: stale-observation. Nil: never.
  public var maxAgeSeconds: Int64?
  /// A day, where praxis.yaml says nothing: a scheduler that died must not look like peace.
  public static let defaultMaxAgeSeconds: Int64 = 86_400
  /// How long a run may take, in seconds.
  public var timeoutSeconds: Int64
  /// Targets that an admin took out of the source for good; their coverage finding ends.
  public var retired: [TargetName]
  /// Absolute paths that an execution reads beside the source's directory; they are sealed with it.
  public var reads: [String]
  /// Absolute paths that an execution may write: local targets.
  public var writes: [String]
  /// Whether the tools' raw output stays in the engine's spool for a while. It holds secrets as the tools wrote them.
  public var keepsEvidence: Bool

  /// From its parts.
  public init(
    name: SourceName, authority: AuthorityConfiguration, directory: String,
    environment: PassedEnvironment = .init(), maxAgeSeconds: Int64? = nil, timeoutSeconds: Int64 = 1_800,
    retired: [TargetName] = [], reads: [String] = [], writes: [String] = [], keepsEvidence: Bool = true
  ) {
    self.name = name
    self.authority = authority
    self.directory = directory
    self.environment = environment
    self.maxAgeSeconds = maxAgeSeconds
    self.timeoutSeconds = timeoutSeconds
    self.retired = retired
    self.reads = reads
    self.writes = writes
    self.keepsEvidence = keepsEvidence
  }

  /// What of praxis' own environment reaches the tool.
  public struct PassedEnvironment: Sendable, Hashable {
    /// Names of variables that are passed on with the value that they have.
    public var pass: [String]
    /// Variables with a fixed value.
    public var set: [String: String]

    /// From its parts.
    public init(pass: [String] = [], set: [String: String] = [:]) {
      self.pass = pass
      self.set = set
    }
  }
}

/// What each authority needs to be told.
public enum AuthorityConfiguration: Sendable, Hashable {
  case tofu(Tofu)
  case ansible(Ansible)
  case snapshot(Snapshot)

  /// A root module and how to plan it.
  public struct Tofu: Sendable, Hashable {
    /// A program's name to be looked up, or a path; nil: tofu, else terraform.
    public var binary: String?
    /// The workspace, which is the source's target.
    public var workspace: String
    /// The workspace, as a target.
    public var target: TargetName { TargetName(workspace) }
    /// Variable files, relative to the directory.
    public var varFiles: [String]

    /// From its parts.
    public init(binary: String? = nil, workspace: String = "default", varFiles: [String] = []) {
      self.binary = binary
      self.workspace = workspace
      self.varFiles = varFiles
    }
  }

  /// A playbook and how to check it.
  public struct Ansible: Sendable, Hashable {
    /// Where ansible-playbook and ansible-inventory lie; nil: on the path.
    public var binaryDirectory: String?
    /// The playbook, relative to the directory.
    public var playbook: String
    /// The inventory, relative to the directory.
    public var inventory: String
    /// A file with the vault's password.
    public var vaultPasswordFile: String?
    /// Files of extra variables.
    public var extraVarsFiles: [String]
    /// Refuses a playbook with a task that would run for real in check mode.
    public var strictReadOnly: Bool
    /// Names of tasks, as they are written, with `ROLE : ` in front, that may run for real in check mode because they say
    /// `check_mode: false`. All others that can write are held to check mode.
    public var allowedRealTasks: [String]

    /// From its parts.
    public init(
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
  }

  /// A collector and what of its facts is kept.
  public struct Snapshot: Sendable, Hashable {
    /// How facts are got.
    public enum Collector: Sendable, Hashable {
      /// ansible's `setup` module over an inventory.
      case ansibleFacts(inventory: String, binaryDirectory: String?)
      /// A program that prints `{"target": …, "facts": {…}}`, one a line. The first word is the program.
      case command([String])
    }
    /// How the facts are got.
    public var collector: Collector
    /// The targets that a command has to report; nil: those that it has reported before.
    public var targets: [TargetName]?
    /// Patterns of JSON Pointers that are kept; empty: the shipped list.
    public var include: [String]
    /// Patterns of arrays whose order means nothing.
    public var unordered: [String]
    /// How many tokens of a fact's pointer name its subject.
    public var groupDepth: Int
    /// Known-good older than this: stale-baseline. Nil: never.
    public var baselineMaxAgeSeconds: Int64?

    /// From its parts.
    public init(
      collector: Collector, targets: [TargetName]? = nil, include: [String] = [], unordered: [String] = [],
      groupDepth: Int = 1, baselineMaxAgeSeconds: Int64? = nil
    ) {
      self.collector = collector
      self.targets = targets
      self.include = include
      self.unordered = unordered
      self.groupDepth = groupDepth
      self.baselineMaxAgeSeconds = baselineMaxAgeSeconds
    }
  }

  /// Who says what should be.
  public var kind: AuthorityKind {
    switch self {
    case .tofu: .tofu
    case .ansible: .ansible
    case .snapshot: .snapshot
    }
  }
}
