package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

var jsonType = regexp.MustCompile(`(?i)^application/(vnd\.[^;]+\+)?json(;|$)`)

// client speaks to one endpoint with one key, as generated clients of this API do.
type client struct {
	base, key, secret string
	http              *http.Client
}

func newClient(base, key, secret string) *client {
	return &client{strings.TrimSuffix(base, "/"), key, secret, &http.Client{Timeout: 30 * time.Second}}
}

// refusal is any status but the expected one, in the words of either dialect.
type refusal struct {
	status   int
	location string
	detail   string
	code     string
	source   string
	body     string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s %s", r.status, r.code, r.detail) }

func readRefusal(response *http.Response, body []byte) error {
	r := &refusal{status: response.StatusCode, location: response.Header.Get("Location"), body: string(body)}
	if response.Header.Get("X-Request-Id") == "" {
		return fmt.Errorf("%d without X-Request-Id: %s", response.StatusCode, body)
	}
	if strings.Contains(response.Request.URL.Path, "/kafka/v3/") {
		var said kafkaError
		if err := decodeStrictly(body, &said); err != nil {
			return fmt.Errorf("%d is not in Kafka REST's words: %w: %s", response.StatusCode, err, body)
		}
		r.code, r.detail = fmt.Sprint(said.ErrorCode), said.Message
		return r
	}
	var said failure
	if err := decodeStrictly(body, &said); err != nil || len(said.Errors) == 0 {
		return fmt.Errorf("%d is not in the control plane's words (%w): %s", response.StatusCode, err, body)
	}
	first := said.Errors[0]
	if first.Status != fmt.Sprint(response.StatusCode) {
		return fmt.Errorf("errors[0].status is %q in a %d", first.Status, response.StatusCode)
	}
	r.code, r.detail = first.Code, first.Detail
	if first.Source != nil {
		r.source = first.Source.Pointer + first.Source.Parameter
	}
	return r
}

// do sends one request; `want` is the only status that isn't a refusal. `into` nil means that the reply has to be empty.
func (c *client) do(method, path string, query url.Values, body any, want int, into any) error {
	address := c.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	var sent io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, address, sent)
	if err != nil {
		return err
	}
	request.SetBasicAuth(c.key, c.secret)
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if err := understand(response, received, want, into); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

func understand(response *http.Response, received []byte, want int, into any) error {
	if len(received) > 0 && !jsonType.MatchString(response.Header.Get("Content-Type")) {
		return fmt.Errorf("%d with a body of type %q", response.StatusCode, response.Header.Get("Content-Type"))
	}
	if response.StatusCode != want {
		if response.StatusCode < 400 {
			return fmt.Errorf("%d instead of %d", response.StatusCode, want)
		}
		return readRefusal(response, received)
	}
	switch {
	case into == nil && len(received) > 0:
		return fmt.Errorf("%d with a body: %.100s", want, received)
	case into == nil:
		return nil
	}
	return decodeStrictly(received, into)
}

// refused tells whether err is a refusal with this status and code, with something to print for people.
func refused(err error, status int, code string) (*refusal, error) {
	var r *refusal
	switch {
	case err == nil:
		return nil, fmt.Errorf("not refused, but %d %s was expected", status, code)
	case !errors.As(err, &r):
		return nil, err
	case r.status != status || r.code != code || r.detail == "":
		return nil, fmt.Errorf("%d %s was expected, not: %w", status, code, err)
	}
	return r, nil
}

// everyPage follows page_token in metadata.next to its end, as the dialect's clients do.
func everyPage[T any](c *client, path string, query url.Values, size int) (all []T, pages int, err error) {
	query.Set("page_size", fmt.Sprint(size))
	for {
		var page listOf[T]
		if err := c.do("GET", path, query, nil, 200, &page); err != nil {
			return nil, pages, err
		}
		pages++
		all = append(all, page.Data...)
		if len(page.Data) > size {
			return nil, pages, fmt.Errorf("%d on a page of %d", len(page.Data), size)
		}
		if page.Metadata.Next == nil || *page.Metadata.Next == "" {
			return all, pages, nil
		}
		next, err := url.Parse(*page.Metadata.Next)
		if err != nil {
			return nil, pages, err
		}
		token := next.Query().Get("page_token")
		if token == "" || !next.IsAbs() {
			return nil, pages, fmt.Errorf("metadata.next leads nowhere: %s", next)
		}
		query.Set("page_token", token)
	}
}
