"""Asks a cluster whether topics of these names could be made: names as JSON on stdin, [code, text] by name on stdout; nothing is made."""
import json
import os
import sys

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

admin = AdminClient({
    "bootstrap.servers": os.environ["BOOTSTRAP"], "security.protocol": "SASL_SSL", "ssl.ca.location": os.environ["CA_FILE"],
    "sasl.mechanisms": os.environ["MECHANISM"], "sasl.username": os.environ["API_KEY"], "sasl.password": os.environ["API_SECRET"],
})
answers = {}
for name in json.load(sys.stdin):
    try:
        admin.create_topics([NewTopic(name, 1, 1)], validate_only=True, request_timeout=20)[name].result()
        answers[name] = ["NO_ERROR", ""]
    except KafkaException as error:
        answers[name] = [error.args[0].name(), error.args[0].str()]
json.dump(answers, sys.stdout)
