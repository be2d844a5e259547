import Foundation

/// `Fixtures/hostile`: what a host or a tool could send, found by folder, so that a new file is tried everywhere.
public enum HostileCorpus {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/hostile")

  /// A file of one of the folders; its name stands in the list of tests.
  public struct File: Sendable, CustomStringConvertible {
    public let name: String
    public let bytes: [UInt8]
    public var description: String { name }

    /// The texts that it lists.
    public var texts: [String] {
      get throws { try JSONDecoder().decode([String].self, from: Data(bytes)) }
    }
  }

  /// Lists of names and values.
  public static let texts = files(in: "texts")
  /// Objects that no reader of JSON may take.
  public static let documents = files(in: "documents")
  /// Objects whose numbers have to stay as they are written.
  public static let numbers = files(in: "numbers")

  /// All texts of all files; each is another one by its bytes.
  public static var allTexts: [String] {
    get throws { try texts.flatMap { try $0.texts } }
  }

  private static func files(in name: String) -> [File] {
    let place = folder.appending(path: name)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path())) ?? []
    return names.sorted().compactMap { name in
      (try? Data(contentsOf: place.appending(path: name))).map { File(name: name, bytes: Array($0)) }
    }
  }
}
