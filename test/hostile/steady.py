"""Produces ten records a second until standard input ends; prints `ready` at the first acknowledgement, `ack` for each, and `error NAME` for what the client was told."""
import os
import select
import sys

from confluent_kafka import Producer


def say(text):
    sys.stdout.write(text + '\n')
    sys.stdout.flush()


producer = Producer({
    'bootstrap.servers': os.environ['BOOTSTRAP'], 'security.protocol': 'SASL_SSL', 'ssl.ca.location': os.environ['CA_FILE'],
    'sasl.mechanisms': os.environ['MECHANISM'], 'sasl.username': os.environ['API_KEY'], 'sasl.password': os.environ['API_SECRET'],
    'delivery.timeout.ms': 10000, 'reconnect.backoff.max.ms': 200, 'error_cb': lambda error: say(f'error {error.name()}'), 'log_level': 0,
})
while not select.select([sys.stdin], [], [], 0.1)[0]:
    producer.produce(sys.argv[1], b'value', on_delivery=lambda error, _: say(f'error {error.name()}' if error else 'ack'))
    producer.poll(0)
