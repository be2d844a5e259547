import Facts
import Failures
import Observe
import Secrets
import StrictJSON

/// What the raw output of a collector says, target by target, before anything is filtered.
struct SnapshotReading: Sendable {
  enum Answer: Sendable, Hashable {
    case facts(JSON)
    case unreachable(String?)
    case failed(TargetReport.Reason)
  }

  /// Those that were named, in the order in which they were.
  private(set) var targets: [TargetName] = []
  private(set) var answers: [TargetName: Answer] = [:]
  /// What was wrong with the output as a whole: no target is fully observed while there is one.
  var diagnostics: [TargetReport.Reason] = []

  /// Takes the answer for a target. A target that is named twice has no answer: it is unknown which one holds.
  mutating func add(_ target: TargetName, _ answer: Answer) {
    if answers[target] != nil {
      answers[target] = .failed(.init(.incompleteOutput, "it was reported more than once"))
    } else if targets.count >= Bounds.targets {
      note(.incompleteOutput, "more than \(Bounds.targets) targets were reported")
    } else {
      targets.append(target)
      answers[target] = answer
    }
  }

  /// Notes what is wrong with the whole; of each kind only the first.
  mutating func note(_ code: Unobserved, _ detail: String?) {
    if !diagnostics.contains(where: { $0.code == code }) { diagnostics.append(.init(code, detail)) }
  }

  /// Notes how the tool ended, when that was not as it should.
  mutating func ended(_ outcome: ToolRun.Outcome, accepted: Set<Int32> = [0], standardError: String?) {
    switch outcome {
    case .exited(let code) where accepted.contains(code): break
    case .exited(let code): note(.toolFailed, Self.joined("it exited with \(code)", standardError))
    case .signalled(0): note(.incompleteOutput, "another process kept the output open")
    case .signalled(let signal):
      note(.toolFailed, Self.joined("it was ended by signal \(signal)", standardError))
    case .timedOut: note(.timedOut, standardError)
    }
  }

  private static func joined(_ text: String, _ more: String?) -> String {
    more.map { "\(text): \($0)" } ?? text
  }

  /// A name that can be shown and compared: not empty, at most 253 bytes as a host's name, no control characters.
  static func isTarget(_ name: String) -> Bool {
    (1...253).contains(name.utf8.count)
      && !name.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }
  }
}

extension SnapshotReading {
  /// What a command printed: `{"target": …, "facts": {…}}`, one a line, each line ended.
  ///
  /// A line that cannot be read names no target, so that it counts against all, and lines beyond ``Bounds/targets`` are not read.
  init(collector name: String, in folder: EvidenceFolder) throws(Failure) {
    var lines = JSONLines(maximumLineBytes: Bounds.target)
    var number = 0
    _ = try folder.read(name) { block in
      guard number <= Bounds.targets else { return }
      lines.feed(block)
      while let line = next(&lines, &number), number <= Bounds.targets { read(line, number) }
    }
    if number > Bounds.targets {
      note(.incompleteOutput, "more than \(Bounds.targets) lines were printed")
    } else if lines.finish() != nil {
      note(.incompleteOutput, "the output ends within a line")
    }
  }

  /// The next line that is there; an empty one in the place of one that is too long.
  private mutating func next(_ lines: inout JSONLines, _ number: inout Int) -> [UInt8]? {
    do throws(JSONError) {
      guard let line = try lines.next() else { return nil }
      number += 1
      return line
    } catch {
      number += 1
      note(.incompleteOutput, "line \(number) cannot be read: \(error.reason)")
      return []
    }
  }

  private mutating func read(_ line: [UInt8], _ number: Int) {
    guard !line.allSatisfy(Bytes.isBlank) else { return }
    do throws(JSONError) {
      read(try JSONDocument(parsing: line).root, line: number)
    } catch {
      note(.incompleteOutput, "line \(number) cannot be read: \(error.reason)")
    }
  }

  private mutating func read(_ view: JSONView, line: Int) {
    guard let name = view["target"]?.string, Self.isTarget(name) else {
      return note(.incompleteOutput, "line \(line) names no target")
    }
    let target = TargetName(name)
    guard let facts = view["facts"], facts.kind == .object else {
      return add(target, .failed(.init(.incompleteOutput, "its line holds no object of facts")))
    }
    guard view.count == 2 else {
      return add(target, .failed(.init(.incompleteOutput, "its line holds more than target and facts")))
    }
    add(target, .facts(facts.value))
  }

  /// What `ansible-playbook` said through praxis' callback. `tool` becomes the version that it names.
  ///
  /// A host counts only when it stands in the closing summary, and the summary is the last line.
  init(setup bytes: [UInt8], redactor: Redactor, tool: inout String) {
    var lines = JSONLines()
    lines.feed(bytes)
    var summary: JSONView?
    while true {
      do throws(JSONError) {
        guard let line = try lines.next() else { break }
        let event = try JSONDocument(parsing: line).root
        summary = event["event"]?.string == "stats" ? event : nil
        read(event: event, redactor: redactor, tool: &tool)
      } catch {
        note(.incompleteOutput, "an event cannot be read: \(error.reason)")
      }
    }
    guard lines.finish() == nil, let summary, summary["complete"]?.bool == true else {
      note(.incompleteOutput, "the closing event is missing")
      return
    }
    for target in targets {
      guard case .facts = answers[target] else { continue }
      let counts = summary["hosts"]?[target.text]
      if counts?["ok"]?.int ?? 0 < 1 || counts?["unreachable"]?.int != 0 || counts?["failures"]?.int != 0 {
        answers[target] = .failed(.init(.incompleteOutput, "the closing event does not confirm it"))
      }
    }
  }

  private mutating func read(event: JSONView, redactor: Redactor, tool: inout String) {
    let result = event["result"]
    let message = result?["msg"]?.string.map { Excerpt.of($0, redactor: redactor) }
    switch event["event"]?.string {
    case "start":
      guard event["format"]?.string == "praxis.ansible-events/1" else {
        return note(.incompleteOutput, "the events are of another format")
      }
      if let version = event["ansible"]?.string, Self.isVersion(version) { tool = "ansible-core \(version)" }
    case "callback_error":
      note(.incompleteOutput, "the callback failed")
    case "ok":
      guard let host = event["host"]?.string, Self.isTarget(host) else {
        return note(.incompleteOutput, "a result names no host")
      }
      guard case .object(let facts)? = result?["ansible_facts"]?.value else {
        return add(TargetName(host), .failed(.init(.toolFailed, "no facts came back; is no_log set?")))
      }
      add(TargetName(host), .facts(.object(AnsibleFacts.shortened(facts))))
    case "unreachable", "failed", "skipped":
      guard let name = event["event"]?.string, let host = event["host"]?.string, Self.isTarget(host) else {
        return note(.incompleteOutput, "a result names no host")
      }
      add(
        TargetName(host), name == "unreachable" ? .unreachable(message) : .failed(.init(.toolFailed, message ?? name)))
    default: break
    }
  }

  private static func isVersion(_ text: String) -> Bool {
    (1...40).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        Bytes.isAlphanumeric($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "+")
      }
  }
}

/// A tool's own words, as they may stand in a report.
enum Excerpt {
  /// The end of the text, redacted: 600 bytes at most.
  static func of(_ text: String, redactor: Redactor) -> String {
    // Redacted before it is cut: half a token has no shape to be known by.
    let safe = redactor.redact(text: text)
    var end = safe.utf8.suffix(600)
    while let byte = end.first, byte & 0xc0 == 0x80 { end = end.dropFirst() }
    return String(decoding: end, as: UTF8.self)
  }

  /// Nil when there are no words.
  static func of(_ bytes: [UInt8], redactor: Redactor) -> String? {
    let words = bytes.reversed().drop(while: Bytes.isSpace).reversed()
    return words.isEmpty ? nil : of(String(decoding: Array(words), as: UTF8.self), redactor: redactor)
  }
}
