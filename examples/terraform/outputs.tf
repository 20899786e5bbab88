output "bootstrap_servers" {
  description = "For the Kafka client."
  value       = "bootstrap.${google_managed_kafka_cluster.kafka.cluster_id}.${var.region}.managedkafka.${var.project}.cloud.goog:9092"
}

output "service_account" {
  description = "For serviceAccountName in Cloud Run, --service_account_email of Dataflow, and the principal in ACLs."
  value       = google_service_account.orders.email
}

output "service_account_annotations" {
  description = "For the Kubernetes service account. Without the second one the brokers refuse the token."
  value = {
    "iam.gke.io/gcp-service-account"          = google_service_account.orders.email
    "iam.gke.io/return-principal-id-as-email" = "true"
  }
}
