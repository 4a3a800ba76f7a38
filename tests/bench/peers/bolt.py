"""A button in Slack that switches a key off, as one writes it in an afternoon with slack-bolt and boto3."""

import os
import threading

import boto3
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

client = WebClient(token="xoxb-sim", base_url=os.environ["SLACK_API"])
app = App(client=client, authorize=lambda: AuthorizeResult(enterprise_id=None, team_id=None, bot_token="xoxb-sim"))
iam = boto3.client("iam", region_name=os.environ["AWS_REGION"])
user, key = os.environ["USER_NAME"], os.environ["USER_KEY"]


@app.action("not_me")
def not_me(ack):
    ack()
    iam.get_user(UserName=user)
    iam.list_access_keys(UserName=user)
    iam.update_access_key(UserName=user, AccessKeyId=key, Status="Inactive")
    iam.list_access_keys(UserName=user)


iam.get_user(UserName=user)
handler = SocketModeHandler(app, "xapp-sim", web_client=WebClient(base_url=os.environ["SLACK_API"]))
handler.client.web_client.base_url = os.environ["SLACK_API"]
handler.connect()
button = {"type": "button", "action_id": "not_me", "value": key, "text": {"type": "plain_text", "text": "Not me"}}
client.chat_postMessage(
    channel=os.environ["CHANNEL"],
    text="Was this you?",
    blocks=[{"type": "actions", "elements": [button]}],
)
print("ready", flush=True)
threading.Event().wait()
