import Foundation
import StrictJSON
import Testing

/// The jobs that a forge runs, against a server on this host that answers as the forge's interface does.
@Suite struct ForgeRequestTests {
  /// Keeps what is posted in a file, and answers a question for a branch with what was posted for it.
  private static let server = #"""
    import http.server, json, sys, urllib.parse
    posted = []
    class Forge(http.server.BaseHTTPRequestHandler):
        def answer(self, value):
            self.send_response(200); self.end_headers(); self.wfile.write(json.dumps(value).encode())
        def do_GET(self):
            words = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            branch = (words.get("source_branch") or [words["head"][0].split(":")[1]])[0]
            self.answer([one for one in posted if branch in one.values()])
        def do_POST(self):
            one = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            posted.append(one)
            with open("posted", "a") as file:
                file.write(json.dumps({"path": self.path, "token": self.headers["Authorization"] or self.headers["PRIVATE-TOKEN"], "body": one}) + "\n")
            self.answer(one)
        def log_message(self, *words): pass
    server = http.server.HTTPServer(("127.0.0.1", 0), Forge)
    with open("port.new", "w") as file: file.write(str(server.server_port))
    import os
    os.rename("port.new", "port")
    server.serve_forever()
    """#

  @Test(arguments: ["github", "gitlab"])
  func `each proposal that waits gets one request, with the text that people approve as a block of code`(
    forge: String
  ) async throws {
    let fleet = try await SnapshotFleet(["web1": ###"{"os":"<b>@all</b> ``` [x](y)"}"###])
    try await fleet.expect(3, "scan")
    let proposal = try await fleet.propose("bless", "hosts")
    try Self.server.write(toFile: "\(fleet.path)/server.py", atomically: true, encoding: .utf8)
    let script = """
      set -eu
      # It holds no output of the test open, and is killed: a signal that can be waited for may be blocked where tests run.
      /usr/bin/python3 server.py >/dev/null 2>&1 & server=$!
      until [ -s port ]; do kill -0 $server; sleep 0.05; done
      export GITHUB_API_URL=http://127.0.0.1:$(cat port) CI_API_V4_URL=http://127.0.0.1:$(cat port)
      code=0
      { "$0" "$1" && "$0" "$1"; } || code=$?
      kill -KILL $server
      exit $code
      """
    var environment = fleet.environment
    environment["PATH"] = "\((fleet.program as NSString).deletingLastPathComponent):/usr/bin:/bin"
    environment.merge(
      [
        "GITHUB_TOKEN": "secret", "GITHUB_REPOSITORY": "site/state", "PRAXIS_TOKEN": "secret", "CI_PROJECT_ID": "7",
      ]) { $1 }
    let said = try await execute(
      "/bin/sh", ["-c", script, "\(Tools.package)/templates/forges/open-requests", forge], environment: environment,
      in: fleet.path)
    try #require(said.code == 0, "\(said.output)\(said.errors)")
    #expect(said.output == "opened a request for \(proposal.id)\n")
    let posted = try String(contentsOfFile: "\(fleet.path)/posted", encoding: .utf8).split(separator: "\n")
    #expect(posted.count == 1)
    let request = try JSON(parsing: Array(try #require(posted.first).utf8))
    #expect(request["token"]?.string?.hasSuffix("secret") == true)
    #expect(
      request["path"]?.string == (forge == "github" ? "/repos/site/state/pulls" : "/projects/7/merge_requests"))
    let body = try #require(request["body"])
    #expect(body["title"]?.string == "bless hosts (T1): \(proposal.id)")
    #expect(body[forge == "github" ? "head" : "source_branch"]?.string == "proposal/\(proposal.id)")
    let text = try #require(body[forge == "github" ? "body" : "description"]?.string)
    #expect(text.contains("    praxis approve \(proposal.id) --digest \(proposal.digest) --on-branch\n"))
    #expect(text.contains("<b>@all</b>"))
    // Nothing that came from the host stands outside of the block.
    let marked = text.split(separator: "\n").filter { !$0.hasPrefix("    ") }
    #expect(
      marked == ["To approve, after a review:", "Then merge with a merge commit; squash and rebase are refused."])
  }

  @Test func `a forge that cannot be asked is an error, and nothing is opened`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.expect(3, "scan")
    _ = try await fleet.propose("bless", "hosts")
    var environment = fleet.environment
    environment["PATH"] = "\((fleet.program as NSString).deletingLastPathComponent):/usr/bin:/bin"
    // Nobody listens on port 1.
    environment.merge(["PRAXIS_TOKEN": "secret", "CI_PROJECT_ID": "7", "CI_API_V4_URL": "http://127.0.0.1:1"]) { $1 }
    let said = try await execute(
      "\(Tools.package)/templates/forges/open-requests", ["gitlab"], environment: environment, in: fleet.path)
    #expect(said.code != 0 && said.output.isEmpty && said.errors.contains("curl"))
  }
}
