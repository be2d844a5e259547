/// The most that praxis takes from a file, a tool or another host, and how long it waits. What is beyond says which bound it met; none is
/// cut silently. docs/bounds.md has them as a table.
package enum Bounds {
  // MARK: Files that praxis keeps, in bytes

  /// A file of praxis' own, or of an admin's: trust, policy, keys' lists, settings, hooks.
  package static let ownFile = 1 << 20
  /// A file of praxis' own that grows by a line at a time.
  package static let ownLog = 16 << 20
  /// A private or public key.
  package static let key = 64 << 10
  /// A commit.
  package static let commit = 64 << 10
  /// A signature's text.
  package static let signature = 16 << 10
  /// The two sides of one finding; where there is more, digests stand for them.
  package static let delta = 256 << 10

  // MARK: What tools, hosts and people give, in bytes

  /// One document of a tool, one file of a recording, one observation.
  package static let document = 1 << 30
  /// What a tool of a source may print in one run, where its `max-output` says nothing: five times what a plan of 20,000 resources or a
  /// playbook of 100 tasks on 1,000 hosts prints.
  package static let output = 1 << 30
  /// One line of a tool's events.
  package static let line = 64 << 20
  /// One target's line or file of a collector.
  package static let target = 16 << 20
  /// A small file of a tool's that says where others lie.
  package static let toolFile = 16 << 20
  /// The part of a tool's standard error that is kept: its end.
  package static let errorText = 64 << 10
  /// A file of ansible's whose difference is shown.
  package static let ansibleDiff = 8 << 20
  /// A file of a tool's raw output that is printed; a larger one is for a pager.
  package static let printed = 64 << 20
  /// The output of git, and of the pre-execute hook.
  package static let answer = 16 << 20

  // MARK: Counts

  /// Findings that one run opens, where the source's `max-findings` says nothing: recording as many takes a gigabyte of memory.
  package static let findings = 200_000
  /// Targets that one collector reports.
  package static let targets = 10_000
  /// Files, bytes and levels of a source's declaration; of a larger one no digest is made.
  package static let declaredFiles = 20_000, declaredBytes = 256 << 20, declaredDepth = 24
  /// Files, bytes and levels that the seal of an execution holds.
  package static let sealedFiles = 100_000, sealedBytes = 4 << 30, sealedDepth = 48
  /// Levels of JSON from outside, and of YAML.
  package static let jsonDepth = 448, yamlDepth = 16
  /// Commits of a proposal's branch.
  package static let branchCommits = 64

  // MARK: Times, in seconds

  /// A run of a source's tools, where its `timeout` says nothing.
  package static let run: Int64 = 1_800
  /// Between SIGTERM and SIGKILL: of a tool that observes, and of one that changes the fleet.
  package static let grace = 5, executionGrace = 900
  /// ssh-keygen, where nobody is asked, and where somebody may have to touch a key.
  package static let keygen = 30, signing = 120
  /// The pre-execute hook, and git with a remote.
  package static let hook = 120, remote = 120
  /// A lock that another praxis holds.
  package static let lock = 60
}
