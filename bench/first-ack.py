"""Makes a topic of three replicas, writes one record and waits until all in-sync replicas have it; prints `acknowledged`. Tries again until the cluster can."""
import os
import sys
import time

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

settings = {'bootstrap.servers': os.environ['BOOTSTRAP'], 'log_level': 0, 'reconnect.backoff.max.ms': 200}
if os.environ.get('API_KEY'):
    settings |= {
        'security.protocol': 'SASL_SSL', 'ssl.ca.location': os.environ['CA_FILE'],
        'sasl.mechanisms': 'PLAIN', 'sasl.username': os.environ['API_KEY'], 'sasl.password': os.environ['API_SECRET'],
    }
deadline = time.monotonic() + 120
admin = AdminClient(settings)
while True:
    try:
        admin.create_topics([NewTopic('first', num_partitions=1, replication_factor=3)], operation_timeout=30, request_timeout=10)['first'].result()
        break
    except KafkaException as error:
        if error.args[0].name() == 'TOPIC_ALREADY_EXISTS':
            break
        if time.monotonic() > deadline:
            raise
        time.sleep(0.05)
outcome = []
producer = Producer(settings | {'acks': 'all', 'linger.ms': 0, 'message.timeout.ms': 60000})
producer.produce('first', value='first', on_delivery=lambda error, message: outcome.append(error))
producer.flush(60)
if outcome != [None]:
    sys.exit(f'not acknowledged: {outcome}')
print('acknowledged')
