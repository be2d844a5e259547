/// What `plan -json` and `show -json` write for a root module of many resources, in the shape of Terraform 1.11.
///
/// Every tenth resource is of another module; one in `driftEvery` has drifted by hand. The two plans show it alike, as those
/// of one run do, and everything else is a no-op.
struct TofuOutput {
  let resources: Int
  /// One resource in so many has drifted; 0: none.
  let driftEvery: Int

  /// When the recorded run began, RFC 3339.
  static let begin = "2026-11-24T03:00:00Z"

  private static let provider = #""provider_name":"registry.opentofu.org/hashicorp/aws","schema_version":1"#

  func write(into folder: String) throws(BenchError) {
    try writeState(to: "\(folder)/state.json")
    try TextFile.write(#"{"version":4,"serial":1,"lineage":"generated"}"#, to: "\(folder)/stored.json")
    try writeStream(of: "refresh-only", plans: false, to: "\(folder)/refresh-only.jsonl")
    try writeDocument(plans: false, to: "\(folder)/refresh-only.json")
    try writeStream(of: "plan", plans: true, to: "\(folder)/plan.jsonl")
    try writeDocument(plans: true, to: "\(folder)/plan.json")
    let code = driftEvery > 0 ? "2\n" : "0\n"
    for stem in ["refresh-only", "plan"] { try TextFile.write(code, to: "\(folder)/\(stem).rc") }
  }

  // MARK: Resources

  private func isDrifted(_ index: Int) -> Bool { driftEvery > 0 && index % driftEvery == 0 }

  private func address(_ index: Int) -> String { #"aws_instance.web[\"node-\#(index)\"]"# }

  private func identity(_ index: Int) -> String {
    #""address":"\#(address(index))","mode":"managed","type":"aws_instance","name":"web","index":"node-\#(index)""#
  }

  /// About 1,100 bytes of attributes: texts, numbers, nulls, a map and nested blocks.
  private func values(_ index: Int, isReal: Bool = false) -> String {
    let type = isReal && isDrifted(index) ? "t3.2xlarge" : "t3.large"
    let id = Self.padded(index, 8)
    return #"{"ami":"ami-0abcdef\#(id)","arn":"arn:aws:ec2:eu-central-1:123456789012:instance/i-0\#(id)","#
      + #""associate_public_ip_address":false,"availability_zone":"eu-central-1\#(["a", "b", "c"][index % 3])","#
      + #""cpu_core_count":2,"cpu_threads_per_core":2,"disable_api_termination":true,"ebs_optimized":true,"#
      + #""get_password_data":false,"hibernation":null,"host_id":"","iam_instance_profile":"web-node","#
      + #""id":"i-0\#(id)","instance_state":"running","instance_type":"\#(type)","ipv6_addresses":[],"#
      + #""key_name":"ops","metadata_options":[{"http_endpoint":"enabled","http_put_response_hop_limit":1,"#
      + #""http_tokens":"required"}],"monitoring":false,"private_dns":"ip-10-\#(index >> 16)-\#(index >> 8 & 255)-"#
      + #"\#(index & 255).eu-central-1.compute.internal","private_ip":"10.\#(index >> 16).\#(index >> 8 & 255)."#
      + #"\#(index & 255)","root_block_device":[{"delete_on_termination":true,"encrypted":true,"iops":3000,"#
      + #""throughput":125,"volume_id":"vol-0\#(id)","volume_size":40,"volume_type":"gp3"}],"source_dest_check":true,"#
      + #""subnet_id":"subnet-\#(index % 12)","tags":{"Name":"node-\#(index)","environment":"production","#
      + #""owner":"platform","service":"web-\#(index % 40)"},"tenancy":"default","user_data":"\#(id)e5c1a7f0","#
      + #""vpc_security_group_ids":["sg-0a1b2c3d4e5f","sg-0f5e4d3c2b1a"]}"#
  }

  private func resource(_ index: Int, isReal: Bool) -> String {
    #"{\#(identity(index)),\#(Self.provider),"values":\#(values(index, isReal: isReal)),"#
      + #""sensitive_values":{"metadata_options":[{}],"root_block_device":[{}],"tags":{}}}"#
  }

  private func change(_ index: Int, actions: String, before: String, after: String) -> String {
    #"{\#(identity(index)),"provider_name":"registry.opentofu.org/hashicorp/aws","change":{"actions":["\#(actions)"],"#
      + #""before":\#(before),"after":\#(after),"after_unknown":{},"before_sensitive":{"metadata_options":[{}],"#
      + #""root_block_device":[{}],"tags":{}},"after_sensitive":{"metadata_options":[{}],"root_block_device":[{}],"#
      + #""tags":{}}}}"#
  }

  // MARK: Documents

  private func writeList(
    _ file: inout TextFile, where isPart: (Int) -> Bool = { _ in true }, _ element: (Int) -> String
  ) throws(BenchError) {
    try file.write("[")
    var isFirst = true
    for index in 0..<resources where isPart(index) {
      if !isFirst { try file.write(",") }
      isFirst = false
      try file.write(element(index))
    }
    try file.write("]")
  }

  private func writeState(to path: String) throws(BenchError) {
    var file = try TextFile(path)
    try file.write(#"{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":"#)
    try writeList(&file) { resource($0, isReal: false) }
    try file.write("}}}\n")
    try file.finish()
  }

  private func writeDocument(plans: Bool, to path: String) throws(BenchError) {
    var file = try TextFile(path)
    try file.write(#"{"format_version":"1.2","terraform_version":"1.11.4","planned_values":{"root_module":{"#)
    if plans {
      try file.write(#""resources":"#)
      try writeList(&file) { resource($0, isReal: false) }
    }
    try file.write("}}")
    if driftEvery > 0 {
      try file.write(#","resource_drift":"#)
      try writeList(&file, where: isDrifted) {
        change($0, actions: "update", before: values($0), after: values($0, isReal: true))
      }
    }
    if plans {
      try file.write(#","resource_changes":"#)
      try writeList(&file) {
        change(
          $0, actions: isDrifted($0) ? "update" : "no-op", before: values($0, isReal: true), after: values($0))
      }
    }
    try file.write(
      #","prior_state":{"format_version":"1.0","terraform_version":"1.11.4","values":{"root_module":{"resources":"#)
    try writeList(&file) { resource($0, isReal: true) }
    try file.write(
      #"}}},"configuration":{"provider_config":{"aws":{"name":"aws","full_name":"registry.opentofu.org/hashicorp/aws"}},"#
        + #""root_module":{"resources":[{"address":"aws_instance.web","mode":"managed","type":"aws_instance","#
        + #""name":"web","provider_config_key":"aws","expressions":{"instance_type":{"references":["each.value"]}},"#
        + #""schema_version":1}]}},"timestamp":"\#(Self.begin)","applyable":\#(driftEvery > 0),"complete":true,"#
        + #""errored":false}"# + "\n")
    try file.finish()
  }

  // MARK: Streams

  private func writeStream(of plan: String, plans: Bool, to path: String) throws(BenchError) {
    var file = try TextFile(path)
    func line(_ message: String, _ rest: String, _ type: String, at moment: Int) -> String {
      #"{"@level":"info","@message":"\#(message)","@module":"terraform.ui","@timestamp":"2026-11-24T03:"#
        + #"\#(Self.padded(moment / 60 % 60, 2)):\#(Self.padded(moment % 60, 2)).640148Z",\#(rest),"type":"\#(type)"}"#
        + "\n"
    }
    func named(_ index: Int) -> String {
      #""resource":{"addr":"\#(address(index))","module":"","resource":"\#(address(index))","implied_provider":"aws","#
        + #""resource_type":"aws_instance","resource_name":"web","resource_key":"node-\#(index)"}"#
    }
    func hook(_ index: Int) -> String {
      #""hook":{\#(named(index)),"id_key":"id","id_value":"i-0\#(Self.padded(index, 8))"}"#
    }
    try file.write(line("Terraform 1.11.4", #""terraform":"1.11.4","ui":"1.2""#, "version", at: 0))
    for index in 0..<resources {
      let moment = index / 100
      try file.write(line("\(address(index)): Refreshing state...", hook(index), "refresh_start", at: moment))
      try file.write(line("\(address(index)): Refresh complete", hook(index), "refresh_complete", at: moment))
    }
    let end = resources / 100 + 1
    for index in 0..<resources where isDrifted(index) {
      let change = #""change":{\#(named(index)),"action":"update"}"#
      try file.write(line("\(address(index)): Drift detected (update)", change, "resource_drift", at: end))
      if plans { try file.write(line("\(address(index)): Plan to update", change, "planned_change", at: end)) }
    }
    let changes = plans ? (0..<resources).count(where: isDrifted) : 0
    try file.write(
      line(
        "Plan: 0 to add, \(changes) to change, 0 to destroy.",
        #""changes":{"add":0,"change":\#(changes),"import":0,"remove":0,"operation":"plan"}"#, "change_summary",
        at: end))
    try file.finish()
  }

  /// Decimal digits with zeroes in front.
  static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}
