// Two clients on the public API of pion/turn exchange numbered messages through both relays. See ../contract.ts.
package main

import (
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"log"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/pion/turn/v2"
)

func dial(transport string, server string) (net.PacketConn, error) {
	if transport == "udp" {
		return net.ListenPacket("udp4", "0.0.0.0:0")
	}
	stream, err := net.Dial("tcp4", server)
	if err != nil {
		return nil, err
	}
	if transport == "tls" {
		stream = tls.Client(stream, &tls.Config{InsecureSkipVerify: true})
	}
	return turn.NewSTUNConn(stream), nil
}

func allocate(transport string, server string, username string, password string) net.PacketConn {
	conn, err := dial(transport, server)
	if err != nil {
		log.Fatal(err)
	}
	client, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: server, TURNServerAddr: server, Conn: conn, Username: username, Password: password,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err = client.Listen(); err != nil {
		log.Fatal(err)
	}
	relay, err := client.Allocate()
	if err != nil {
		log.Fatal(err)
	}
	return relay
}

func main() {
	transport, server := os.Args[1], net.JoinHostPort(os.Args[2], os.Args[3])
	messages, _ := strconv.Atoi(os.Args[6])
	interval, _ := strconv.Atoi(os.Args[7])
	near := allocate(transport, server, os.Args[4], os.Args[5])
	far := allocate(transport, server, os.Args[4], os.Args[5])
	// Each first packet installs a permission. Number 0 is not counted.
	hello := make([]byte, 4)
	if _, err := near.WriteTo(hello, far.LocalAddr()); err != nil {
		log.Fatal(err)
	}
	if _, err := far.WriteTo(hello, near.LocalAddr()); err != nil {
		log.Fatal(err)
	}
	var received int64
	go func() {
		packet := make([]byte, 1600)
		for {
			length, from, err := far.ReadFrom(packet)
			if err != nil {
				return
			}
			_, _ = far.WriteTo(packet[:length], from)
		}
	}()
	go func() {
		packet := make([]byte, 1600)
		for {
			length, _, err := near.ReadFrom(packet)
			if err != nil {
				return
			}
			if length >= 4 && binary.BigEndian.Uint32(packet) > 0 {
				atomic.AddInt64(&received, 1)
			}
		}
	}()
	for number := 1; number <= messages; number++ {
		packet := make([]byte, 200)
		binary.BigEndian.PutUint32(packet, uint32(number))
		if _, err := near.WriteTo(packet, far.LocalAddr()); err != nil {
			log.Fatal(err)
		}
		time.Sleep(time.Duration(interval) * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond)
	fmt.Printf("{\"sent\":%d,\"received\":%d}\n", messages, atomic.LoadInt64(&received))
}
