terraform {
  required_providers {
    driftfile = {
      source  = "local.test/drift/driftfile"
      version = "0.1.0"
    }
  }
}

variable "cloud" {
  description = "The folder that stands for the cloud; each resource is a file in it."
  type        = string
}

variable "vpn_key" {
  type      = string
  sensitive = true
}

locals {
  allowed = {
    web = ["443/tcp from anywhere"]
    db  = ["5432/tcp from web"]
  }
}

resource "driftfile_file" "firewall" {
  for_each = local.allowed
  path     = "${var.cloud}/firewall/${each.key}.rules"
  content  = "${join("\n", each.value)}\ndeny everything else\n"
  mode     = "0640"
}

resource "driftfile_file" "zone" {
  path    = "${var.cloud}/dns/shop.example.zone"
  content = "shop  300  IN  A  192.0.2.10\nwww   300  IN  CNAME  shop\n"
}

resource "driftfile_file" "load_balancer" {
  path    = "${var.cloud}/load-balancer.conf"
  content = "frontend shop.example:443\nbackend web1 web2\n"
}

resource "driftfile_secret" "vpn_key" {
  path    = "${var.cloud}/vpn.key"
  content = var.vpn_key
}
