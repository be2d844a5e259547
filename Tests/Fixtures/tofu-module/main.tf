terraform {
  required_providers {
    driftfile = { source = "local.test/drift/driftfile", version = "0.1.0" }
  }
}

variable "root" {}
variable "motd" { default = "hello\n" }
variable "password" {
  default   = "S3cr3t-TF-pass"
  sensitive = true
}

resource "driftfile_file" "motd" {
  path    = "${var.root}/motd"
  content = var.motd
}

resource "driftfile_file" "derived" {
  path    = "${var.root}/derived"
  content = "from:${driftfile_file.motd.content}"
}

resource "driftfile_file" "conf" {
  for_each = toset(["a", "b"])
  path     = "${var.root}/conf-${each.key}"
  content  = "name=${each.key}\n"
  mode     = "0640"
}

resource "driftfile_file" "counted" {
  count   = 2
  path    = "${var.root}/n-${count.index}"
  content = "n ${count.index}\n"
}

resource "driftfile_file" "uses_secret" {
  path    = "${var.root}/uses-secret"
  content = "pw=${var.password}"
}

resource "driftfile_secret" "token" {
  path    = "${var.root}/token"
  content = var.password
}

module "child" {
  source = "./child"
  root   = var.root
}

output "motd_content" { value = driftfile_file.motd.content }
output "token" {
  value     = driftfile_secret.token.content
  sensitive = true
}
