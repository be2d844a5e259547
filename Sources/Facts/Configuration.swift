/// What praxis.yaml says, as values. Reading it is the business of StateRepository.
public struct Configuration: Sendable, Hashable {
  public static let format = "praxis.config/1"

  public var sources: [SourceConfiguration]
  public var rules: Rules
  /// Glob patterns of keys whose values are redacted wherever they stand.
  public var redactedKeys: [String]

  public init(sources: [SourceConfiguration], rules: Rules, redactedKeys: [String]) {
    self.sources = sources
    self.rules = rules
    self.redactedKeys = redactedKeys
  }

  public static let defaultRedactedKeys = [
    "*password*", "*passwd*", "*secret*", "*token*", "*private_key*", "*passphrase*", "*api_key*", "*apikey*",
    "*access_key*",
    "requirepass", "masterauth",
  ]

  public func source(named name: SourceName) -> SourceConfiguration? {
    sources.first { $0.name == name }
  }
}

/// One source: an authority and how to ask it.
public struct SourceConfiguration: Sendable, Hashable {
  public var name: SourceName
  public var authority: AuthorityConfiguration
  /// Where the tool runs; an absolute path.
  public var directory: String
  public var environment: PassedEnvironment
  /// Older than this: stale-observation. Nil: never.
  public var maxAgeSeconds: Int64?
  /// A day, where praxis.yaml says nothing: a scheduler that died must not look like peace.
  public static let defaultMaxAgeSeconds: Int64 = 86_400
  public var timeoutSeconds: Int64
  /// Targets that an admin took out of the source for good; their coverage finding ends.
  public var retired: [String]

  public init(
    name: SourceName, authority: AuthorityConfiguration, directory: String,
    environment: PassedEnvironment = .init(), maxAgeSeconds: Int64? = nil, timeoutSeconds: Int64 = 1_800,
    retired: [String] = []
  ) {
    self.name = name
    self.authority = authority
    self.directory = directory
    self.environment = environment
    self.maxAgeSeconds = maxAgeSeconds
    self.timeoutSeconds = timeoutSeconds
    self.retired = retired
  }

  /// What of praxis' own environment reaches the tool.
  public struct PassedEnvironment: Sendable, Hashable {
    /// Names of variables that are passed on with the value that they have.
    public var pass: [String]
    /// Variables with a fixed value.
    public var set: [String: String]

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

  public struct Tofu: Sendable, Hashable {
    /// A program's name to be looked up, or a path; nil: tofu, else terraform.
    public var binary: String?
    public var workspace: String
    public var varFiles: [String]

    public init(binary: String? = nil, workspace: String = "default", varFiles: [String] = []) {
      self.binary = binary
      self.workspace = workspace
      self.varFiles = varFiles
    }
  }

  public struct Ansible: Sendable, Hashable {
    /// Where ansible-playbook and ansible-inventory lie; nil: on the path.
    public var binaryDirectory: String?
    public var playbook: String
    public var inventory: String
    public var vaultPasswordFile: String?
    public var extraVarsFiles: [String]
    /// Refuses a playbook with a task that would run for real in check mode.
    public var strictReadOnly: Bool

    public init(
      binaryDirectory: String? = nil, playbook: String, inventory: String, vaultPasswordFile: String? = nil,
      extraVarsFiles: [String] = [], strictReadOnly: Bool = false
    ) {
      self.binaryDirectory = binaryDirectory
      self.playbook = playbook
      self.inventory = inventory
      self.vaultPasswordFile = vaultPasswordFile
      self.extraVarsFiles = extraVarsFiles
      self.strictReadOnly = strictReadOnly
    }
  }

  public struct Snapshot: Sendable, Hashable {
    public enum Collector: Sendable, Hashable {
      /// ansible's `setup` module over an inventory.
      case ansibleFacts(inventory: String, binaryDirectory: String?)
      /// A program that prints `{"target": …, "facts": {…}}`, one a line. The first word is the program.
      case command([String])
    }
    public var collector: Collector
    /// The targets that a command has to report; nil: those that it has reported before.
    public var targets: [String]?
    /// Patterns of JSON Pointers that are kept; empty: the shipped list.
    public var include: [String]
    public var unordered: [String]
    /// How many tokens of a fact's pointer name its subject.
    public var groupDepth: Int
    /// Known-good older than this: stale-baseline. Nil: never.
    public var baselineMaxAgeSeconds: Int64?

    public init(
      collector: Collector, targets: [String]? = nil, include: [String] = [], unordered: [String] = [],
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

  public var authority: Authority {
    switch self {
    case .tofu: .tofu
    case .ansible: .ansible
    case .snapshot: .snapshot
    }
  }
}
