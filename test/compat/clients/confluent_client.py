"""produce TOPIC CODEC < key:value lines   |   consume TOPIC GROUP COUNT → "partition offset value" lines   |   read TOPIC → the same of all that it holds.
Settings come from the environment."""
import os
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition

SETTINGS = {
    'bootstrap.servers': os.environ['BOOTSTRAP'], 'security.protocol': 'SASL_SSL', 'ssl.ca.location': os.environ['CA_FILE'],
    'sasl.mechanisms': os.environ['MECHANISM'], 'sasl.username': os.environ['API_KEY'], 'sasl.password': os.environ['API_SECRET'],
}

# A consumer that gets nothing for so long won't get the rest either.
SILENCE_SECONDS = 60


def fail(error):
    sys.exit(error.name() if isinstance(error, KafkaError) else str(error))


def produce(topic, codec):
    producer = Producer({**SETTINGS, 'enable.idempotence': True, 'compression.type': codec, 'delivery.timeout.ms': 60000, 'queue.buffering.max.messages': 1000000})
    failures = []

    def delivered(error, _message):
        if error:
            failures.append(error)

    for line in sys.stdin:
        key, value = line.rstrip('\n').split(':', 1)
        producer.produce(topic, key=key, value=value, on_delivery=delivered)
        producer.poll(0)
    left = producer.flush(70)
    if failures:
        fail(failures[0])
    if left:
        sys.exit(f'{left} records not delivered')


def consume(topic, group, count):
    consumer = Consumer({**SETTINGS, 'group.id': group, 'auto.offset.reset': 'earliest', 'enable.auto.commit': False})
    # Whatever it may see of all topics: librdkafka 2.16 sends this request with bytes behind it.
    consumer.list_topics(timeout=SILENCE_SECONDS)
    consumer.subscribe([topic])
    found = 0
    deadline = time.monotonic() + SILENCE_SECONDS
    while found < count and time.monotonic() < deadline:
        message = consumer.poll(1)
        if message is None:
            continue
        if message.error():
            fail(message.error())
        print(message.partition(), message.offset(), message.value().decode())
        found += 1
        deadline = time.monotonic() + SILENCE_SECONDS
    if found < count:
        sys.exit(f'read {found} of {count}')
    try:
        consumer.commit(asynchronous=False)
    except KafkaException as error:
        fail(error.args[0])
    consumer.close()


def read(topic):
    consumer = Consumer({**SETTINGS, 'group.id': 'none', 'enable.auto.commit': False, 'enable.partition.eof': True})
    unread = set(consumer.list_topics(topic, timeout=SILENCE_SECONDS).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in unread])
    while unread:
        message = consumer.poll(SILENCE_SECONDS)
        if message is None:
            sys.exit(f'nothing more of partitions {sorted(unread)} within {SILENCE_SECONDS} s')
        if not message.error():
            print(message.partition(), message.offset(), message.value().decode())
        elif message.error().code() == KafkaError._PARTITION_EOF:
            unread.discard(message.partition())
        else:
            fail(message.error())
    consumer.close()


if sys.argv[1] == 'produce':
    produce(*sys.argv[2:])
elif sys.argv[1] == 'read':
    read(sys.argv[2])
else:
    consume(sys.argv[2], sys.argv[3], int(sys.argv[4]))
