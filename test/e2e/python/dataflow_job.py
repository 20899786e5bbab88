"""Runs a pipeline up to where its job would be uploaded to Dataflow: `dataflow_job.py <pipeline> <its options>`.

Prints what is in the job: the images of its environments, the service account, the network.
"""

import json
import runpy
import sys

from apache_beam.options.pipeline_options import GoogleCloudOptions, WorkerOptions
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.dataflow import dataflow_runner
from apache_beam.runners.dataflow.internal.apiclient import DataflowApplicationClient

dry_run = dataflow_runner.DataflowRunner.run_pipeline


def run_pipeline(self, pipeline, options, *others):
    result = dry_run(self, pipeline, options, *others)
    client = DataflowApplicationClient
    overrides = client._get_sdk_image_overrides(None, options)
    client._apply_sdk_environment_overrides(self.job.proto_pipeline, overrides, options)
    components = self.job.proto_pipeline.components
    images = [
        beam_runner_api_pb2.DockerPayload.FromString(environment.payload).container_image
        for environment in components.environments.values()
    ]
    worker, cloud = options.view_as(WorkerOptions), options.view_as(GoogleCloudOptions)
    job = {
        "images": sorted(set(images)),
        "account": cloud.service_account_email,
        "subnetwork": worker.subnetwork,
        "public": worker.use_public_ips,
        "hasEndpoint": b"sasl.oauthbearer.token.endpoint.url" in self.job.proto_pipeline.SerializeToString(),
    }
    print(json.dumps(job))
    return result


dataflow_runner.DataflowRunner.run_pipeline = run_pipeline
sys.argv = [*sys.argv[1:], "--dry_run=True"]
runpy.run_path(sys.argv[0], run_name="__main__")
