"""Writes numbered records until standard input ends, idempotent and acks=all; prints `sent P VALUE SEQ` and `ack P OFFSET VALUE` lines, `failed …` for what may not be lost but was,
and `renumbered` when the client gave its records new numbers: what it had in flight may be twice then (librdkafka 4953)."""
import logging
import os
import select
import sys
import threading
import time

from confluent_kafka import Producer

SETTINGS = {
    'bootstrap.servers': os.environ['BOOTSTRAP'], 'security.protocol': 'SASL_SSL', 'ssl.ca.location': os.environ['CA_FILE'],
    'sasl.mechanisms': 'PLAIN', 'sasl.username': os.environ['API_KEY'], 'sasl.password': os.environ['API_SECRET'],
    'enable.idempotence': True, 'acks': 'all', 'delivery.timeout.ms': 600000, 'linger.ms': 5, 'reconnect.backoff.max.ms': 500, 'message.send.max.retries': 100000,
    'error_cb': lambda error: None, 'debug': 'eos',
}

topic, partitions, name, rate = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
lock = threading.Lock()


def say(text):
    with lock:
        sys.stdout.write(text + '\n')


def delivered(error, message):
    if error:
        say(f'failed {error.name()} {message.value().decode()}')
    else:
        say(f'ack {message.partition()} {message.offset()} {message.value().decode()}')


class Renumbering(logging.Handler):
    def emit(self, record):
        if 'bumped epoch' in record.getMessage():
            say('renumbered')


logger = logging.getLogger('client')
logger.setLevel(logging.DEBUG)
logger.propagate = False
logger.addHandler(Renumbering())
producer = Producer(SETTINGS, logger=logger)
sequence = [0] * partitions
number = 0
began = time.monotonic()
while True:
    partition = number % partitions
    value = f'{name}-{number}'
    say(f'sent {partition} {value} {sequence[partition]}')
    try:
        producer.produce(topic, value=value, partition=partition, on_delivery=delivered)
        sequence[partition] += 1
        number += 1
    except BufferError:
        producer.poll(0.05)
        continue
    producer.poll(0)
    if number % 20 == 0:
        # Deliveries end a poll early: wait until this many records are due.
        while (due := began + number / rate - time.monotonic()) > 0:
            producer.poll(due)
        sys.stdout.flush()
        if select.select([sys.stdin], [], [], 0)[0] and not sys.stdin.readline():
            break
left = producer.flush(120)
say(f'end {left}')
sys.stdout.flush()
