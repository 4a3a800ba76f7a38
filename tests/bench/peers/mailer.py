"""c7n-mailer's own queue loop, told to send one message and take it each time it hears a line."""

import base64
import json
import logging
import os
import sys
import tempfile
import zlib

import boto3
import requests

# Its Slack address is fixed, so it is turned here.
_post = requests.post


def post(url, *args, **kwargs):
    return _post(url.replace("https://slack.com/api/", os.environ["SLACK_API"]), *args, **kwargs)


requests.post = post

from c7n_mailer.sqs_queue_processor import MailerSqsQueueProcessor  # noqa: E402

folder = tempfile.mkdtemp()
with open(os.path.join(folder, "bench.j2"), "w") as template:
    template.write(
        '{"channel": "{{ recipient }}", "text": "{{ policy[\'name\'] }}: {{ resources | length }} resource(s)",'
        ' "attachments": [], "as_user": true}'
    )
session = boto3.Session()
sqs = session.client("sqs")
queue = sqs.create_queue(QueueName="c7n-mailer")["QueueUrl"]
config = {
    "queue_url": queue,
    "region": os.environ["AWS_DEFAULT_REGION"],
    "endpoint_url": os.environ["AWS_ENDPOINT_URL"],
    "role": "arn:aws:iam::000000000000:role/mailer",
    "slack_token": "xoxb-sim",
    "templates_folders": [folder],
    "contact_tags": [],
    "org_domain": "example.com",
    "http_proxy": None,
    "https_proxy": None,
}
log = logging.getLogger("bench")
print("ready", flush=True)
for number, _ in enumerate(sys.stdin):
    message = {
        "policy": {"name": f"finding-{number}", "resource": "aws.iam-user", "actions": []},
        "event": None,
        "account": "bench",
        "account_id": "000000000000",
        "region": config["region"],
        "action": {"type": "notify", "slack_template": "bench", "to": [f"slack://#{os.environ['CHANNEL']}"]},
        "resources": [{"UserName": f"user-{number}", "Arn": f"arn:aws:iam::000000000000:user/user-{number}"}],
        "execution_id": "bench",
        "execution_start": 0,
    }
    body = base64.b64encode(zlib.compress(json.dumps(message).encode())).decode()
    attributes = {"mtype": {"DataType": "String", "StringValue": "c7n_mailer/1"}}
    sqs.send_message(QueueUrl=queue, MessageBody=body, MessageAttributes=attributes)
    MailerSqsQueueProcessor(config, session, log).run(parallel=False)
    print("done", flush=True)
