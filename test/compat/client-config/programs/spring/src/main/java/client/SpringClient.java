package client;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;

/**
 * Spring Boot as it configures itself from the application.yml that the platform gave (--spring.config.location):
 * --what=produce --topic=TOPIC < key:value lines | --what=consume --topic=TOPIC --group=GROUP --count=COUNT, which prints "partition offset value" lines.
 */
@SpringBootApplication
public class SpringClient {
  private static final int SILENCE_SECONDS = 60;

  public static void main(String[] arguments) throws Exception {
    int code = 0;
    try (ConfigurableApplicationContext context = SpringApplication.run(SpringClient.class, arguments)) {
      if ("produce".equals(context.getEnvironment().getProperty("what"))) {
        context.getBean(Writer.class).run();
      } else if (!context.getBean(Reader.class).left.await(SILENCE_SECONDS, TimeUnit.SECONDS)) {
        System.err.println("nothing more came");
        code = 1;
      }
    }
    System.exit(code);
  }

  @Component
  @ConditionalOnProperty(name = "what", havingValue = "produce")
  static class Writer {
    private final KafkaTemplate<String, String> kafka;
    private final String topic;

    Writer(KafkaTemplate<String, String> kafka, @Value("${topic}") String topic) {
      this.kafka = kafka;
      this.topic = topic;
    }

    void run() throws Exception {
      var sent = new ArrayList<Future<?>>();
      var lines = new BufferedReader(new InputStreamReader(System.in));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int colon = line.indexOf(':');
        sent.add(kafka.send(topic, line.substring(0, colon), line.substring(colon + 1)));
      }
      for (Future<?> each : sent) each.get(SILENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  @Component
  @ConditionalOnProperty(name = "what", havingValue = "consume")
  static class Reader {
    final CountDownLatch left;

    Reader(@Value("${count}") int count) {
      left = new CountDownLatch(count);
    }

    @KafkaListener(topics = "${topic}", groupId = "${group}")
    void read(ConsumerRecord<String, String> record) {
      System.out.println(record.partition() + " " + record.offset() + " " + record.value());
      left.countDown();
    }
  }
}
