import StrictJSON

/// What a site says of findings: how much they matter, and what is not to be observed.
package struct Rules: Sendable, Hashable {
  /// How much it matters.
  package var severity: [SeverityRule]
  /// What is not to be observed.
  package var ignore: [IgnoreRule]

  package init(severity: [SeverityRule] = [], ignore: [IgnoreRule] = []) {
    self.severity = severity
    self.ignore = ignore
  }

  /// How much what it matches matters.
  package struct SeverityRule: Sendable, Hashable {
    /// What the rule is about.
    package var match: Match
    /// How much it matters.
    package var severity: Severity

    package init(match: Match, severity: Severity) {
      self.match = match
      self.severity = severity
    }
  }

  /// What is not to be observed, and why.
  package struct IgnoreRule: Sendable, Hashable {
    /// What the rule is about.
    package var match: Match
    /// Why.
    package var reason: String

    package init(match: Match, reason: String) {
      self.match = match
      self.reason = reason
    }
  }

  /// Which findings, or which part of them. What is nil matches everything.
  package struct Match: Sendable, Hashable {
    /// The source that it is about.
    package var source: SourceName?
    /// Globs: `*` stands for any run of characters, `?` for one.
    package var target: String?
    /// What it is about, in the authority's own words.
    package var subject: String?
    /// What the finding says.
    package var kind: Kind?
    /// A pattern of JSON Pointers, for a part of a delta.
    package var path: String?
    /// A glob over one line of a text that differs, without its sign: of an ignore rule, for a part of that text.
    package var line: String?

    package init(
      source: SourceName? = nil, target: String? = nil, subject: String? = nil, kind: Kind? = nil,
      path: String? = nil, line: String? = nil
    ) {
      self.source = source
      self.target = target
      self.subject = subject
      self.kind = kind
      self.path = path
      self.line = line
    }
  }
}

/// A glob over a whole text: `*` any run of characters, `?` one Unicode scalar; everything else stands for itself,
/// byte for byte.
package struct Glob: Sendable, Hashable {
  private let pattern: [UInt8]

  package init(_ pattern: String) {
    self.pattern = Array(pattern.utf8)
  }

  /// Whether it stands for one text alone, its own.
  package var isLiteral: Bool { !pattern.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") } }

  /// Matches in time linear in the product of the two lengths at worst, without recursion.
  package func matches(_ text: String, ignoringCase: Bool = false) -> Bool {
    let fold: (UInt8) -> UInt8 = { ignoringCase && (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }
    // `?` is one character, so that it never takes a part of one: the bytes of UTF-8 after a character's first.
    let isContinuation: (UInt8) -> Bool = { $0 & 0xC0 == 0x80 }
    let text = Array(text.utf8)
    var (p, t) = (0, 0)
    var star: (p: Int, t: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p, t)
        p += 1
      } else if p < pattern.count, pattern[p] == UInt8(ascii: "?"), !isContinuation(text[t]) {
        p += 1
        repeat { t += 1 } while t < text.count && isContinuation(text[t])
      } else if p < pattern.count, pattern[p] != UInt8(ascii: "?"), fold(pattern[p]) == fold(text[t]) {
        p += 1
        t += 1
      } else if let last = star {
        star = (last.p, last.t + 1)
        (p, t) = (last.p + 1, last.t + 1)
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }
}

extension Rules.Match {
  /// Whether a subject of this source is meant, whatever part of its delta `path` names.
  package func covers(source: SourceName, target: TargetName, subject: SubjectName, kind: Kind) -> Bool {
    (self.source.map { $0 == source } ?? true)
      && (self.target.map { Glob($0).matches(target.text) } ?? true)
      && (self.subject.map { Glob($0).matches(subject.text) } ?? true)
      && (self.kind.map { $0 == kind } ?? true)
  }
}

extension Rules {
  /// The severity of a finding: the first rule that matches decides, else medium.
  package func severity(
    source: SourceName, target: TargetName, subject: SubjectName, kind: Kind, delta: Delta
  ) -> Severity {
    let rule = severity.first { rule in
      guard rule.match.covers(source: source, target: target, subject: subject, kind: kind) else {
        return false
      }
      guard let path = rule.match.path else { return true }
      return delta.entries.contains { PathPattern(path).matches($0.path) }
    }
    return rule?.severity ?? .medium
  }
}

extension Rules {
  /// A delta without what the ignore rules hide, and how many of its entries they hide.
  ///
  /// A rule with a `path` hides the entries that it matches, one with a `line` the lines of a text, one without hides the whole. What
  /// was not observed is never hidden here: a blind spot is accepted by a waiver, under a signature.
  package func masking(
    _ delta: Delta, source: SourceName, target: TargetName, subject: SubjectName, kind: Kind
  ) -> (shown: Delta, hidden: Int) {
    let matching = ignore.filter {
      $0.match.covers(source: source, target: target, subject: subject, kind: kind)
    }
    guard !matching.isEmpty, kind.aspect == .drift else { return (delta, 0) }
    let patterns = matching.map { (path: $0.match.path.map(PathPattern.init), line: $0.match.line.map(Glob.init)) }
    var hidden = 0
    let shown = delta.entries.compactMap { entry -> Delta.Entry? in
      let own = patterns.filter { $0.path?.matches(entry.path) ?? true }
      if own.contains(where: { $0.line == nil }) {
        hidden += 1
        return nil
      }
      guard case .text(let lines) = entry.content, !own.isEmpty else { return entry }
      let left = Self.masking(lines) { line in own.contains { $0.line?.matches(line) ?? false } }
      hidden += lines.count { $0.isOfSide } - left.count { $0.isOfSide }
      return left.isEmpty ? nil : Delta.Entry(path: entry.path, .text(left))
    }
    return (Delta(shown), hidden)
  }

  /// The hunks of a text without the lines that are hidden, and without those in which nothing else differs.
  private static func masking(_ lines: [String], _ isHidden: (String) -> Bool) -> [String] {
    var left: [String] = []
    var hunk: [String] = []
    for line in lines + ["@@"] {
      if line.utf8.starts(with: "@@".utf8) {
        if hunk.contains(where: \.isOfSide) { left += hunk }
        hunk = [line]
      } else if !isHidden(String(decoding: line.utf8.dropFirst(), as: UTF8.self)) {
        hunk.append(line)
      }
    }
    return left
  }

  /// Whether the admins declared that this task fails, as a probe does by design. Such a rule names its subject and `unobserved`, and
  /// hides a failure alone that the playbook takes itself: what check mode skips or what was not reached stays a gap.
  package func expectsFailure(
    _ why: Unobserved, source: SourceName, target: TargetName, subject: SubjectName
  ) -> Bool {
    why == .failureTaken
      && ignore.contains {
        $0.match.kind == .unobserved && $0.match.subject != nil
          && $0.match.covers(source: source, target: target, subject: subject, kind: .unobserved)
      }
  }
}

/// A pattern of JSON Pointers, kept with its text.
package struct PathPattern: Sendable, Hashable {
  private let pattern: JSONPointerPattern?

  package init(_ text: String) {
    pattern = JSONPointerPattern(text)
  }

  /// A path that is no pointer never matches; nor does a pattern that is none.
  package func matches(_ path: String) -> Bool {
    guard let pattern, let pointer = JSONPointer(path) else { return false }
    return pattern.matches(pointer)
  }
}

extension String {
  /// A line of a hunk that one side alone has.
  fileprivate var isOfSide: Bool { utf8.first == UInt8(ascii: "-") || utf8.first == UInt8(ascii: "+") }
}
