/* librdkafka itself, configured by a file of name=value lines:
 *   librdkafka_client FILE produce TOPIC < key:value lines
 *   librdkafka_client FILE consume TOPIC GROUP COUNT -> "partition offset value" lines */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 4096
#define SILENCE_MS 60000

static int failures;
static char first_failure[256];

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char why[512];
  if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK) return;
  fprintf(stderr, "%s: %s\n", name, why);
  exit(1);
}

static rd_kafka_conf_t *configuration(const char *path) {
  char line[LINE_MAX_BYTES];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  while (fgets(line, sizeof line, file) != NULL) {
    char *equals;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#') continue;
    equals = strchr(line, '=');
    if (equals == NULL) {
      fprintf(stderr, "not a setting: %s\n", line);
      exit(1);
    }
    *equals = '\0';
    set(conf, line, equals + 1);
  }
  fclose(file);
  return conf;
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client;
  (void)opaque;
  if (message->err && failures++ == 0) snprintf(first_failure, sizeof first_failure, "%s", rd_kafka_err2str(message->err));
}

/* What keeps every broker from being used will not go away by waiting. */
static void on_error(rd_kafka_t *client, int code, const char *reason, void *opaque) {
  (void)client;
  (void)opaque;
  fprintf(stderr, "%s: %s\n", rd_kafka_err2name((rd_kafka_resp_err_t)code), reason);
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) exit(1);
}

static rd_kafka_t *open_client(rd_kafka_type_t type, rd_kafka_conf_t *conf) {
  char why[512];
  rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof why);
  if (client != NULL) return client;
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static int produce(rd_kafka_conf_t *conf, const char *topic) {
  char line[LINE_MAX_BYTES];
  rd_kafka_t *client;
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  client = open_client(RD_KAFKA_PRODUCER, conf);
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *colon = strchr(line, ':');
    if (colon == NULL) continue;
    *colon = '\0';
    colon[1 + strcspn(colon + 1, "\n")] = '\0';
    if (rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(line, strlen(line)), RD_KAFKA_V_VALUE(colon + 1, strlen(colon + 1)),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)) return 1;
    rd_kafka_poll(client, 0);
  }
  if (rd_kafka_flush(client, SILENCE_MS) || failures) {
    fprintf(stderr, "not delivered: %s\n", failures ? first_failure : "in time");
    return 1;
  }
  rd_kafka_destroy(client);
  return 0;
}

static int consume(rd_kafka_conf_t *conf, const char *topic, const char *group, int count) {
  rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_t *client;
  int found = 0;
  set(conf, "group.id", group);
  client = open_client(RD_KAFKA_CONSUMER, conf);
  rd_kafka_poll_set_consumer(client);
  rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(client, topics);
  while (found < count) {
    rd_kafka_message_t *message = rd_kafka_consumer_poll(client, SILENCE_MS);
    if (message == NULL || message->err) {
      fprintf(stderr, "read %d of %d: %s\n", found, count, message == NULL ? "nothing more came" : rd_kafka_message_errstr(message));
      return 1;
    }
    printf("%d %lld %.*s\n", message->partition, (long long)message->offset, (int)message->len, (const char *)message->payload);
    found++;
    rd_kafka_message_destroy(message);
  }
  rd_kafka_consumer_close(client);
  rd_kafka_topic_partition_list_destroy(topics);
  rd_kafka_destroy(client);
  return 0;
}

int main(int argc, char **argv) {
  rd_kafka_conf_t *conf;
  if (argc < 4) return 2;
  conf = configuration(argv[1]);
  rd_kafka_conf_set_error_cb(conf, on_error);
  if (strcmp(argv[2], "produce") == 0) return produce(conf, argv[3]);
  return argc == 6 ? consume(conf, argv[3], argv[4], atoi(argv[5])) : 2;
}
