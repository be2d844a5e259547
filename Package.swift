// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built in language mode 6 with warnings as errors.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
  name: "praxis",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
  ],
  targets: [
    // MARK: Ground

    /** The system's libgit2: a module map and inline functions for what Swift cannot call. */
    .systemLibrary(
      name: "CLibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev", "pkg-config"])]),

    /** The system's libdeflate, for the content of packs: whole objects at once, both ways. libgit2 exports neither. */
    .systemLibrary(
      name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev", "pkg-config"])]),

    /** The one shape of an error, the codes that several targets share, and the bounds of what is taken and waited for. */
    .target(name: "Failures", swiftSettings: strict),

    /** libgit2 in Swift: objects, trees, packs, refs by compare-and-swap, strict raw commits. Knows no drift. */
    .target(
      name: "Git",
      dependencies: ["CLibgit2", "CDeflate", "Failures", "Files", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),

    /** JSON without what lets two readers see two things, with the place of every error; one form out. */
    .target(name: "StrictJSON", dependencies: ["Failures"], swiftSettings: strict),

    /** The vocabulary, values only: findings, observations, coverage, and the form of each file of the state repository. */
    .target(
      name: "Facts", dependencies: ["Failures", "StrictJSON", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),

    /** The pure heart: an observation against what is recorded, to changes of findings; a proposal, to the text that people approve. */
    .target(name: "Diff", dependencies: ["Facts", "Failures", "StrictJSON"], swiftSettings: strict),

    /** Runs a program: closed environment, streamed output, time limit, the whole group ended on cancel. */
    .target(
      name: "Processes",
      dependencies: [
        "Failures", "Files", .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ],
      swiftSettings: strict),

    /** YAML without what lets two readers see two things: no anchors, tags or duplicate keys; every error has its line. */
    .target(
      name: "StrictYAML", dependencies: ["Failures", .product(name: "Yams", package: "Yams")], swiftSettings: strict),

    /** Files of this user alone: who could have written one is looked at before it is believed; written whole and durably. */
    .target(name: "Files", dependencies: ["Failures"], swiftSettings: strict),

    // MARK: The three authorities and the store

    /** What is secret: found by origin, by name and by form, and replaced by a keyed digest before anything is built from it. */
    .target(
      name: "Secrets",
      dependencies: ["Facts", "StrictJSON", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),

    /** What an authority is and is given: the request, evidence, the sandbox, the sealed bundle, the dry run. */
    .target(
      name: "Observe",
      dependencies: [
        "Facts", "Failures", "Files", "Processes", "Secrets", "StrictJSON",
      ],
      swiftSettings: strict),

    /** OpenTofu and Terraform: a root module's plans to an observation. */
    .target(
      name: "OpenTofu",
      dependencies: ["Facts", "Failures", "Files", "Observe", "Processes", "Secrets", "StrictJSON"],
      swiftSettings: strict),

    /** Ansible: a playbook's check run to an observation. */
    .target(
      name: "Ansible",
      dependencies: ["Facts", "Failures", "Files", "Observe", "Processes", "Secrets", "StrictJSON"],
      swiftSettings: strict),

    /** Collectors and Ansible's facts: what is there to an observation, which is compared with what people blessed. */
    .target(
      name: "Snapshots",
      dependencies: ["Ansible", "Facts", "Failures", "Files", "Observe", "Processes", "Secrets", "StrictJSON"],
      swiftSettings: strict),

    /** Where facts live in Git: layout, configuration, the run's commit, reads. */
    .target(
      name: "StateRepository",
      dependencies: ["Diff", "Facts", "Failures", "Files", "Git", "StrictJSON", "StrictYAML"],
      swiftSettings: strict),

    /** The query index: SQLite beside the repository, made anew from Git at any time. */
    .target(
      name: "Index",
      dependencies: ["Facts", "Failures", "Git", "StateRepository", .product(name: "GRDB", package: "GRDB.swift")],
      swiftSettings: strict),

    /** Policy, roles, the trust root and signatures over commits. */
    .target(
      name: "Gate",
      dependencies: [
        "Diff", "Facts", "Failures", "Files", "Git", "Processes", "StrictJSON", "StrictYAML",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),

    /** Proposals put on a branch, and execution: it takes an Authorization and consumes it. */
    .target(
      name: "Converge",
      dependencies: [
        "Diff", "Facts", "Failures", "Files", "Gate", "Git", "Observe", "Processes", "StateRepository", "StrictJSON",
      ],
      swiftSettings: strict),

    /** Reads a whole history and names everything in it that breaks a rule, with nothing but the trust file. */
    .target(
      name: "Audit",
      dependencies: [
        "Facts", "Failures", "Gate", "Git", "StateRepository", "StrictJSON",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),

    /** The workflows: observe and record, propose, approve, execute, with console, environment and clock handed in. */
    .target(
      name: "Engine",
      dependencies: [
        "Ansible", "Audit", "Converge", "Facts", "Failures", "Files", "Gate", "Git", "Index", "Observe", "OpenTofu",
        "Processes", "Secrets", "Snapshots", "StateRepository", "StrictJSON",
      ],
      swiftSettings: strict),

    // MARK: For people

    /** The same facts for eyes and machines: table, JSON, JSON lines, CSV; text made safe for terminals. */
    .target(
      name: "Report", dependencies: ["Audit", "Engine", "Facts", "Failures", "Gate", "StrictJSON"],
      swiftSettings: strict),

    /** One file a subcommand; every error becomes a message, a hint and an exit code in one place. */
    .target(
      name: "Commands",
      dependencies: [
        "Audit", "Converge", "Diff", "Engine", "Facts", "Failures", "Files", "Gate", "Git", "Index", "Observe",
        "Processes", "Report", "StateRepository", "StrictJSON",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    /** The program. */
    .executableTarget(name: "praxis", dependencies: ["Commands"], swiftSettings: strict),

    /** Measures praxis against peers in the same run, on tool output that it makes itself: `make bench`. */
    .executableTarget(
      name: "praxis-bench",
      dependencies: [
        "Audit", "Diff", "Facts", "Failures", "Files", "Gate", "Git", "Index", "StateRepository", "StrictJSON",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      path: "Sources/Bench", swiftSettings: strict),

    // MARK: Tests

    /** Runs real programs for tests. */
    .target(name: "TestSupport", path: "Tests/Support", swiftSettings: strict),

    .testTarget(name: "GitTests", dependencies: ["Failures", "Files", "Git", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "FactsTests", dependencies: ["Facts", "Failures", "StrictJSON", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "DiffTests", dependencies: ["Diff", "Facts", "Failures", "StrictJSON", "TestSupport"], swiftSettings: strict
    ),
    .testTarget(name: "ProcessesTests", dependencies: ["Failures", "Processes"], swiftSettings: strict),
    .testTarget(name: "StrictYAMLTests", dependencies: ["StrictYAML"], swiftSettings: strict),
    .testTarget(
      name: "ObserveTests",
      dependencies: [
        "Ansible", "Diff", "Engine", "Facts", "Failures", "Observe", "OpenTofu", "Processes", "Secrets", "Snapshots",
        "StrictJSON", "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "StateRepositoryTests",
      dependencies: ["Diff", "Facts", "Failures", "Git", "StateRepository", "StrictJSON", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "IndexTests",
      dependencies: ["Facts", "Failures", "Git", "Index", "StateRepository", "StrictJSON", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "GateTests",
      dependencies: ["Diff", "Facts", "Failures", "Gate", "Git", "Processes", "StrictJSON", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "AuditTests",
      dependencies: ["Audit", "Diff", "Facts", "Failures", "Gate", "Git", "StateRepository", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "ReportTests", dependencies: ["Facts", "Report", "StrictJSON", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "Audit", "Commands", "Converge", "Engine", "Facts", "Failures", "Gate", "Git", "Observe", "Processes",
        "StateRepository",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EngineTests",
      dependencies: [
        "Audit", "Engine", "Facts", "Failures", "Files", "Gate", "Git", "Observe", "Secrets", "StateRepository",
        "TestSupport",
      ],
      swiftSettings: strict),
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Ansible", "Engine", "Facts", "Failures", "Observe", "praxis", "praxis-bench", "Secrets", "StrictJSON",
        "TestSupport",
      ],
      swiftSettings: strict),
  ]
)
