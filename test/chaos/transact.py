"""Writes some records in one transaction and commits it; prints `committed N`. Retries for as long as its transaction may last: coordinators move with their brokers."""
import os
import sys

from confluent_kafka import KafkaException, Producer

SETTINGS = {
    'bootstrap.servers': os.environ['BOOTSTRAP'], 'security.protocol': 'SASL_SSL', 'ssl.ca.location': os.environ['CA_FILE'],
    'sasl.mechanisms': 'PLAIN', 'sasl.username': os.environ['API_KEY'], 'sasl.password': os.environ['API_SECRET'],
    'transactional.id': sys.argv[2], 'transaction.timeout.ms': 60000, 'reconnect.backoff.max.ms': 500, 'error_cb': lambda error: None, 'log_level': 0,
}

producer = Producer(SETTINGS)
producer.init_transactions(60)
producer.begin_transaction()
for number in range(10):
    producer.produce(sys.argv[1], value=f'tx-{number}')
while True:
    try:
        producer.commit_transaction(60)
        break
    except KafkaException as error:
        if not error.args[0].retriable():
            raise
print('committed 10')
