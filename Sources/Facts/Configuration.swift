import Failures

/// What praxis.yaml says, as values. Reading it is the business of StateRepository.
package struct Configuration: Sendable, Hashable {
  /// What its file says its format is.
  package static let format = "praxis.config/1"

  /// The sources, in the order of their names.
  package var sources: [SourceConfiguration]
  /// The digest of the configuration in force.
  package var rules: Rules
  /// Glob patterns of keys whose values are redacted wherever they stand.
  package var redactedKeys: [String]

  package init(sources: [SourceConfiguration], rules: Rules, redactedKeys: [String]) {
    self.sources = sources
    self.rules = rules
    self.redactedKeys = redactedKeys
  }

  /// What is redacted where praxis.yaml says nothing.
  package static let defaultRedactedKeys = [
    "*password*", "*passwd*", "*secret*", "*token*", "*private_key*", "*passphrase*", "*api_key*", "*apikey*",
    "*access_key*",
    "*private-key*", "*privatekey*", "*preshared*key*", "*pre?shared?key*", "psk", "*_psk", "*-psk", "auth_pass",
    "bindpw", "rootpw", "requirepass", "masterauth",
  ]

  /// The source of this name.
  package func source(named name: SourceName) -> SourceConfiguration? {
    sources.first { $0.name == name }
  }
}

/// One source: an authority and how to ask it.
package struct SourceConfiguration: Sendable, Hashable {
  /// Its name.
  package var name: SourceName
  /// Who says what should be.
  package var authority: AuthorityConfiguration
  /// Where the tool runs; an absolute path.
  package var directory: String
  /// The variables that are passed on.
  package var environment: PassedEnvironment
  /// Older than this: stale-observation. Nil: never.
  package var maxAgeSeconds: Int64?
  /// One day, where praxis.yaml says nothing: a dead scheduler must not pass for a fleet in sync.
  package static let defaultMaxAgeSeconds: Int64 = 86_400
  /// How long a run may take, in seconds.
  package var timeoutSeconds: Int64
  /// How many bytes one of its tools may print in a run; more ends the tool.
  package var outputLimit: Int
  /// How many findings one of its runs may open; a run that would open more counts as not observed.
  package var findingsLimit: Int
  /// Targets that an admin took out of the source for good; their coverage finding ends.
  package var retired: [TargetName]
  /// Absolute paths that an execution reads beside the source's directory; they are sealed with it.
  package var reads: [String]
  /// Absolute paths that an execution may write: local targets.
  package var writes: [String]
  /// Whether the tools' raw output stays in the engine's spool for a while. It holds secrets as the tools wrote them.
  package var keepsEvidence: Bool

  package init(
    name: SourceName, authority: AuthorityConfiguration, directory: String,
    environment: PassedEnvironment = .init(), maxAgeSeconds: Int64? = nil, timeoutSeconds: Int64 = Bounds.run,
    outputLimit: Int = Bounds.output, findingsLimit: Int = Bounds.findings, retired: [TargetName] = [],
    reads: [String] = [], writes: [String] = [], keepsEvidence: Bool = true
  ) {
    self.name = name
    self.authority = authority
    self.directory = directory
    self.environment = environment
    self.maxAgeSeconds = maxAgeSeconds
    self.timeoutSeconds = timeoutSeconds
    self.outputLimit = outputLimit
    self.findingsLimit = findingsLimit
    self.retired = retired
    self.reads = reads
    self.writes = writes
    self.keepsEvidence = keepsEvidence
  }

  /// What of praxis' own environment reaches the tool.
  package struct PassedEnvironment: Sendable, Hashable {
    /// Names of variables that are passed on with the value that they have.
    package var pass: [String]
    /// Variables with a fixed value.
    package var set: [String: String]

    package init(pass: [String] = [], set: [String: String] = [:]) {
      self.pass = pass
      self.set = set
    }
  }
}
