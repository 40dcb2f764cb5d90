"""confluent-kafka, with the module sluice_kafka that the platform gave, beside which it is run:
produce TOPIC < key:value lines   |   consume TOPIC GROUP COUNT → "partition offset value" lines"""
import sys
import time

from confluent_kafka import Consumer, KafkaError, Producer
from sluice_kafka import CONSUMER, PRODUCER

SILENCE_SECONDS = 60


def refused(error):
    """An error that waiting doesn't mend ends the program."""
    print(error, file=sys.stderr)
    if error.code() == KafkaError._AUTHENTICATION:
        sys.exit(error.name())


def produce(topic):
    failures = []
    producer = Producer({**PRODUCER, "error_cb": refused})
    for line in sys.stdin:
        key, value = line.rstrip("\n").split(":", 1)
        producer.produce(topic, key=key, value=value, on_delivery=lambda error, _message: error and failures.append(error))
    deadline = time.monotonic() + SILENCE_SECONDS
    # Not flush: it would go on waiting when a callback has raised.
    while len(producer) and time.monotonic() < deadline:
        producer.poll(0.1)
    if len(producer) or failures:
        sys.exit(f"not delivered: {failures[:1]}")


def consume(topic, group, count):
    consumer = Consumer({**CONSUMER, "group.id": group, "error_cb": refused})
    consumer.subscribe([topic])
    found, deadline = 0, time.monotonic() + SILENCE_SECONDS
    while found < count and time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            sys.exit(str(message.error()))
        print(message.partition(), message.offset(), message.value().decode())
        found += 1
    consumer.close()
    if found < count:
        sys.exit(f"read {found} of {count}")


if sys.argv[1] == "produce":
    produce(sys.argv[2])
else:
    consume(sys.argv[2], sys.argv[3], int(sys.argv[4]))
