// Tries to produce one record per case, all cases at the same time, and prints what came of each as a JSON line.
//
//	attempts <cases.json>
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// A case of one library; what is empty is not set.
type attempt struct {
	Name      string
	Library   string
	Bootstrap string
	Topic     string
	// OAUTHBEARER, PLAIN, SCRAM-SHA-512, or empty.
	Mechanism string
	// For OAUTHBEARER.
	Endpoint string
	Username string
	Password string
	TLS      bool
	CaFile   string
	// Libraries differ in how long they try by themselves.
	Seconds int
}

// What a library printed, its errors included.
type printed struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.text.Write(b)
}

func (p *printed) lines() []string {
	p.lock.Lock()
	defer p.lock.Unlock()
	lines := []string{}
	for _, line := range bytes.Split(p.text.Bytes(), []byte("\n")) {
		if len(line) > 0 {
			lines = append(lines, string(line))
		}
	}
	return lines
}

// Produces a record, or tells why not.
type produce func(ctx context.Context, a attempt, out io.Writer) error

var libraries = map[string]produce{"franz-go": franz, "sarama": saramas, "kafka-go": segmentio, "oauth2": onlyToken}

func main() {
	content, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	var cases []attempt
	if err := json.Unmarshal(content, &cases); err != nil {
		panic(err)
	}
	// One for all of its clients.
	sarama.Logger = log.New(os.Stderr, "[sarama] ", log.LstdFlags)
	var lock sync.Mutex
	var all sync.WaitGroup
	for _, a := range cases {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(a.Seconds)*time.Second)
			defer cancel()
			out := &printed{}
			err := libraries[a.Library](ctx, a, out)
			if err != nil {
				fmt.Fprintln(out, err)
			}
			line, encoding := json.Marshal(map[string]any{"case": a.Name, "works": err == nil, "printed": out.lines()})
			if encoding != nil {
				panic(encoding)
			}
			lock.Lock()
			defer lock.Unlock()
			fmt.Println(string(line))
		})
	}
	all.Wait()
}

func (a attempt) tls() (*tls.Config, error) {
	if !a.TLS {
		return nil, nil
	}
	config := &tls.Config{ServerName: "localhost"}
	if a.CaFile != "" {
		pem, err := os.ReadFile(a.CaFile)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	return config, nil
}

func (a attempt) tokens() oauth2.TokenSource {
	credentials := clientcredentials.Config{ClientID: "unused", ClientSecret: "unused", TokenURL: a.Endpoint}
	return credentials.TokenSource(context.Background())
}

func onlyToken(_ context.Context, a attempt, _ io.Writer) error {
	_, err := a.tokens().Token()
	return err
}
