import com.espertech.esper.client.Configuration;
import com.espertech.esper.client.EPServiceProvider;
import com.espertech.esper.client.EPServiceProviderManager;
import com.espertech.esper.client.EventBean;
import com.espertech.esper.client.UpdateListener;
import com.espertech.esper.client.time.CurrentTimeEvent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * How many events a second Esper takes: `EsperBench NAME HOSTS FULL WARM_MS ROUND_MS ROUNDS QUERY...` prints the median of the rounds, which begin when
 * WARM_MS are over and the windows are full, by FULL events, and the rows they gave for each event.
 * As in the bench beside it: six fields as HashMaps, 200,000 of them made beforehand and sent over and over by one thread at a virtual rate of
 * 20,000 a second, with a clock of our own that moves every 100 virtual ms. A listener counts the rows.
 */
public final class EsperBench {
  private static final int POOL = 200_000;
  private static final int STEP_EVENTS = 2_000;
  private static long rows = 0;

  public static void main(String[] args) {
    int hosts = Integer.parseInt(args[1]);
    long full = Long.parseLong(args[2]);
    long warmMs = Long.parseLong(args[3]);
    long roundMs = Long.parseLong(args[4]);
    int rounds = Integer.parseInt(args[5]);
    Configuration configuration = new Configuration();
    configuration.getEngineDefaults().getThreading().setInternalTimerEnabled(false);
    Map<String, Object> fields = new HashMap<>();
    for (String name : new String[] {"host", "path", "agent"}) fields.put(name, String.class);
    for (String name : new String[] {"code", "size"}) fields.put(name, Long.class);
    fields.put("rt", Double.class);
    configuration.addEventType("access", fields);
    configuration.addEventType("login", fields);
    EPServiceProvider engine = EPServiceProviderManager.getProvider(args[0], configuration);
    engine.getEPRuntime().sendEvent(new CurrentTimeEvent(0));
    UpdateListener listener = (EventBean[] entered, EventBean[] left) -> rows += entered == null ? 0 : entered.length;
    for (String query : Arrays.copyOfRange(args, 6, args.length)) engine.getEPAdministrator().createEPL(query).addListener(listener);
    boolean hasLogins = args[args.length - 1].contains("login");

    @SuppressWarnings({"unchecked", "rawtypes"})
    Map<String, Object>[] pool = new Map[POOL];
    Random random = new Random(7);
    for (int at = 0; at < POOL; at++) {
      int host = random.nextInt(hosts);
      Map<String, Object> event = new HashMap<>();
      event.put("host", "10." + (host >> 16) + "." + ((host >> 8) & 255) + "." + (host & 255));
      event.put("path", "/p" + random.nextInt(100));
      event.put("agent", "Mozilla/5.0 (X11; Linux x86_64) agent " + random.nextInt(50));
      int sort = random.nextInt(100);
      event.put("code", sort < 6 ? 404L : sort < 8 ? 500L : 200L);
      event.put("size", (long) random.nextInt(100_000));
      event.put("rt", random.nextInt(4096) / 1024.0);
      pool[at] = event;
    }

    double[] rates = new double[rounds];
    long sent = 0;
    long sentBefore = 0;
    for (int round = -1; round < rounds; round++) {
      long startNs = System.nanoTime();
      long endNs = startNs + 1_000_000 * (round < 0 ? warmMs : roundMs);
      long before = sent;
      while (System.nanoTime() < endNs || sent < full) {
        for (int step = 0; step < STEP_EVENTS; step++, sent++) {
          String type = hasLogins && sent % 10 == 0 ? "login" : "access";
          engine.getEPRuntime().sendEvent(pool[(int) (sent % POOL)], type);
        }
        engine.getEPRuntime().sendEvent(new CurrentTimeEvent(sent / 20));
      }
      if (round < 0) {
        rows = 0;
        sentBefore = sent;
      } else {
        rates[round] = (sent - before) * 1e9 / (System.nanoTime() - startNs);
      }
    }
    Arrays.sort(rates);
    System.out.println("{\"rate\":" + rates[rounds / 2] + ",\"rows_per_event\":" + (double) rows / (sent - sentBefore) + "}");
  }
}
