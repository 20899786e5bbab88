variable "project" {
  description = "Id of the project."
  type        = string
}

variable "region" {
  description = "Region of the cluster."
  type        = string
}

variable "subnet" {
  description = "Where the brokers get their addresses: projects/<project>/regions/<region>/subnetworks/<name>."
  type        = string
}

variable "kubernetes_namespace" {
  description = "Namespace of the application in GKE."
  type        = string
  default     = "orders"
}

variable "kubernetes_service_account" {
  description = "Kubernetes service account of its pods."
  type        = string
  default     = "orders"
}
