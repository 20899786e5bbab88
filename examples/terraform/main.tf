# The Google side of a sidecar: a cluster of Managed Kafka, the identity of one application, and what it may do.

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.40, < 8.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

resource "google_project_service" "managed_kafka" {
  service            = "managedkafka.googleapis.com"
  disable_on_destroy = false
}

resource "google_managed_kafka_cluster" "kafka" {
  cluster_id = "kafka"
  location   = var.region
  capacity_config {
    vcpu_count   = "3"
    memory_bytes = "3221225472"
  }
  gcp_config {
    access_config {
      network_configs {
        subnet = var.subnet
      }
    }
  }
  depends_on = [google_project_service.managed_kafka]
}

resource "google_managed_kafka_topic" "orders" {
  topic_id           = "orders"
  cluster            = google_managed_kafka_cluster.kafka.cluster_id
  location           = var.region
  partition_count    = 3
  replication_factor = 3
}

# Whose tokens the sidecar gives. The principal at the brokers is User:<its e-mail>.
resource "google_service_account" "orders" {
  account_id   = "orders"
  display_name = "orders, as a Kafka client"
}

# To connect; what it may do there is said by ACLs.
resource "google_project_iam_member" "connect" {
  project = var.project
  role    = "roles/managedkafka.client"
  member  = google_service_account.orders.member
}

resource "google_managed_kafka_acl" "topic" {
  acl_id   = "topic/${google_managed_kafka_topic.orders.topic_id}"
  cluster  = google_managed_kafka_cluster.kafka.cluster_id
  location = var.region
  dynamic "acl_entries" {
    for_each = toset(["DESCRIBE", "READ", "WRITE"])
    content {
      principal       = "User:${google_service_account.orders.email}"
      permission_type = "ALLOW"
      operation       = acl_entries.value
      host            = "*"
    }
  }
}

resource "google_managed_kafka_acl" "group" {
  acl_id   = "consumerGroup/orders"
  cluster  = google_managed_kafka_cluster.kafka.cluster_id
  location = var.region
  acl_entries {
    principal       = "User:${google_service_account.orders.email}"
    permission_type = "ALLOW"
    operation       = "READ"
    host            = "*"
  }
}

# GKE: pods of this Kubernetes service account are that Google service account. It has to be annotated, as the outputs show.
resource "google_service_account_iam_member" "workload_identity" {
  service_account_id = google_service_account.orders.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[${var.kubernetes_namespace}/${var.kubernetes_service_account}]"
}
