import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends what Kafka's own client can send and others cannot: every codec, and transactions that end either way. Arguments: broker, topic. */
class JavaProducer {
  public static void main(String[] arguments) throws Exception {
    for (String codec : new String[] {"none", "gzip", "snappy", "lz4", "zstd"}) {
      try (var producer = open(arguments[0], codec, null)) {
        for (int n = 0; n < 10; n++) producer.send(record(arguments[1], codec, n)).get();
        for (int n = 10; n < 60; n++) producer.send(record(arguments[1], codec, n));
      }
    }
    try (var producer = open(arguments[0], "none", "java")) {
      producer.initTransactions();
      for (String end : new String[] {"aborted", "committed"}) {
        producer.beginTransaction();
        for (int n = 0; n < 10; n++) producer.send(record(arguments[1], end, n));
        producer.flush();
        if (end.equals("aborted")) producer.abortTransaction();
        else producer.commitTransaction();
      }
    }
  }

  private static ProducerRecord<String, String> record(String topic, String codec, int n) {
    String pad = "x".repeat(n * 7);
    return new ProducerRecord<>(topic, 0, 1763632800000L + n, null, "{\"codec\":\"" + codec + "\",\"n\":" + n + ",\"pad\":\"" + pad + "\"}");
  }

  private static KafkaProducer<String, String> open(String broker, String codec, String transaction) {
    Properties settings = new Properties();
    settings.put("bootstrap.servers", broker);
    settings.put("compression.type", codec);
    settings.put("linger.ms", codec.equals("none") ? "0" : "5");
    settings.put("key.serializer", StringSerializer.class.getName());
    settings.put("value.serializer", StringSerializer.class.getName());
    if (transaction != null) settings.put("transactional.id", transaction);
    return new KafkaProducer<>(settings);
  }
}
