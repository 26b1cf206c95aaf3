// A TURN server on the public API of pion/turn, like its example "simple": one UDP listener, and relays on one address.
// It accepts REST credentials, as the other servers of the benchmark do.
package main

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/pion/turn/v2"
)

func restPassword(secret string, username string) string {
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(username))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func main() {
	host, port, secret := os.Getenv("PION_HOST"), os.Getenv("PION_PORT"), os.Getenv("PION_SECRET")
	listener, err := net.ListenPacket("udp4", net.JoinHostPort(host, port))
	if err != nil {
		log.Fatal(err)
	}
	server, err := turn.NewServer(turn.ServerConfig{
		Realm: "bench",
		AuthHandler: func(username string, realm string, source net.Addr) ([]byte, bool) {
			return turn.GenerateAuthKey(username, realm, restPassword(secret, username)), true
		},
		PacketConnConfigs: []turn.PacketConnConfig{{
			PacketConn: listener,
			RelayAddressGenerator: &turn.RelayAddressGeneratorStatic{
				RelayAddress: net.ParseIP(os.Getenv("PION_RELAY_IP")),
				Address:      os.Getenv("PION_RELAY_IP"),
			},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	_ = server.Close()
}
