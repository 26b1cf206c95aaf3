/* Two agents of libnice with relay candidates only exchange numbered messages. See ../contract.ts. */
#include <nice/agent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static GMainLoop *loop;
static NiceAgent *agents[2];
static guint streams[2];
static gboolean gathered[2], ready[2];
static guint messages, interval_ms, sent, received;

static gboolean stop(gpointer data) {
  (void)data;
  g_main_loop_quit(loop);
  return G_SOURCE_REMOVE;
}

static gboolean send_next(gpointer data) {
  char packet[200] = {0};
  guint32 number = ++sent;
  (void)data;
  memcpy(packet, &number, sizeof number);
  nice_agent_send(agents[0], streams[0], 1, sizeof packet, packet);
  if (sent < messages) return G_SOURCE_CONTINUE;
  g_timeout_add(500, stop, NULL);
  return G_SOURCE_REMOVE;
}

static void on_packet(NiceAgent *agent, guint stream, guint component, guint length, gchar *packet, gpointer data) {
  if (length != 200) return;
  if (GPOINTER_TO_INT(data) == 1) nice_agent_send(agent, stream, component, length, packet);
  else received++;
}

static void on_state(NiceAgent *agent, guint stream, guint component, guint state, gpointer data) {
  int index = GPOINTER_TO_INT(data);
  (void)agent, (void)stream, (void)component;
  if (state == NICE_COMPONENT_STATE_FAILED) {
    fprintf(stderr, "ICE failed\n");
    exit(1);
  }
  if (state != NICE_COMPONENT_STATE_READY || ready[index]) return;
  ready[index] = TRUE;
  if (ready[0] && ready[1]) g_timeout_add(interval_ms, send_next, NULL);
}

static void connect_agents(void) {
  for (int index = 0; index < 2; index++) {
    gchar *ufrag, *password;
    GSList *candidates = nice_agent_get_local_candidates(agents[index], streams[index], 1);
    if (!candidates) {
      fprintf(stderr, "no relay candidate\n");
      exit(1);
    }
    nice_agent_get_local_credentials(agents[index], streams[index], &ufrag, &password);
    nice_agent_set_remote_credentials(agents[!index], streams[!index], ufrag, password);
    nice_agent_set_remote_candidates(agents[!index], streams[!index], 1, candidates);
    g_slist_free_full(candidates, (GDestroyNotify)nice_candidate_free);
  }
}

static void on_gathered(NiceAgent *agent, guint stream, gpointer data) {
  (void)agent, (void)stream;
  gathered[GPOINTER_TO_INT(data)] = TRUE;
  if (gathered[0] && gathered[1]) connect_agents();
}

static gboolean fail(gpointer data) {
  (void)data;
  if (ready[0] && ready[1]) return G_SOURCE_REMOVE;
  fprintf(stderr, "no connection within 20 s\n");
  exit(1);
}

int main(int count, char **arguments) {
  if (count < 8) return 2;
  NiceRelayType type = strcmp(arguments[1], "udp") ? NICE_RELAY_TYPE_TURN_TCP : NICE_RELAY_TYPE_TURN_UDP;
  messages = atoi(arguments[6]);
  interval_ms = atoi(arguments[7]);
  loop = g_main_loop_new(NULL, FALSE);
  for (int index = 0; index < 2; index++) {
    gpointer data = GINT_TO_POINTER(index);
    agents[index] = nice_agent_new(g_main_loop_get_context(loop), NICE_COMPATIBILITY_RFC5245);
    g_object_set(agents[index], "controlling-mode", index == 0, "force-relay", TRUE, "upnp", FALSE, NULL);
    streams[index] = nice_agent_add_stream(agents[index], 1);
    nice_agent_set_relay_info(agents[index], streams[index], 1, arguments[2], atoi(arguments[3]), arguments[4],
                              arguments[5], type);
    g_signal_connect(agents[index], "candidate-gathering-done", G_CALLBACK(on_gathered), data);
    g_signal_connect(agents[index], "component-state-changed", G_CALLBACK(on_state), data);
    nice_agent_attach_recv(agents[index], streams[index], 1, g_main_loop_get_context(loop), on_packet, data);
  }
  for (int index = 0; index < 2; index++) nice_agent_gather_candidates(agents[index], streams[index]);
  g_timeout_add_seconds(20, fail, NULL);
  g_main_loop_run(loop);
  printf("{\"sent\":%u,\"received\":%u}\n", sent, received);
  return 0;
}
