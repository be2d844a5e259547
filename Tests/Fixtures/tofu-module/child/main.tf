terraform {
  required_providers {
    driftfile = { source = "local.test/drift/driftfile" }
  }
}

variable "root" {}

resource "driftfile_file" "inner" {
  path    = "${var.root}/inner"
  content = "inner\n"
}

output "inner" { value = driftfile_file.inner.content }
