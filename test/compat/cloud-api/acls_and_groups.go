package main

import (
	"errors"
	"fmt"
	"net/url"
)

func (d *dataPlane) rule(kind resourceType, name, pattern, operation string) aclRule {
	return aclRule{kind, name, pattern, d.principal, "*", operation, "ALLOW"}
}

func (d *dataPlane) createAcls() (string, error) {
	if err := d.rest.do("POST", d.at("acls"), nil, d.rule("TOPIC", "made", "LITERAL", "READ"), 201, nil); err != nil {
		return "", err
	}
	batch := []aclRule{
		d.rule("TOPIC", "orders", "PREFIXED", "WRITE"), d.rule("GROUP", "*", "LITERAL", "READ"), d.rule("CLUSTER", "kafka-cluster", "LITERAL", "DESCRIBE"),
		d.rule("TRANSACTIONAL_ID", "tx", "LITERAL", "WRITE"),
	}
	return "one and 4 at once, 201 and empty", d.rest.do("POST", d.at("acls:batch"), nil, body{"data": batch}, 201, nil)
}

// filter is a rule as query parameters.
func filter(rule aclRule) url.Values {
	return url.Values{
		"resource_type": {string(rule.ResourceType)}, "resource_name": {rule.ResourceName}, "pattern_type": {rule.PatternType}, "principal": {rule.Principal},
		"host": {rule.Host}, "operation": {rule.Operation}, "permission": {rule.Permission},
	}
}

// searchAcls asks as the Terraform provider does (the whole rule) and as the command line does (everybody's, and one principal's).
func (d *dataPlane) searchAcls() (string, error) {
	searches := []struct {
		query url.Values
		want  int
	}{
		{filter(d.rule("TOPIC", "made", "LITERAL", "READ")), 1},
		{filter(d.rule("TOPIC", "orders", "PREFIXED", "WRITE")), 1},
		{url.Values{"principal": {d.principal}}, 5},
		{url.Values{"principal": {"UserV2:*"}, "host": {"*"}}, 5},
		{url.Values{"resource_type": {"TOPIC"}, "resource_name": {"orders-1"}, "pattern_type": {"MATCH"}}, 1},
		{url.Values{"resource_type": {"ANY"}, "pattern_type": {"ANY"}, "operation": {"ANY"}, "permission": {"ANY"}, "principal": {d.principal}, "resource_name": {""}, "host": {""}}, 5},
		{filter(d.rule("TOPIC", "nowhere", "LITERAL", "READ")), 0},
	}
	for _, search := range searches {
		var found collection[acl]
		if err := d.rest.do("GET", d.at("acls"), search.query, nil, 200, &found); err != nil {
			return "", err
		}
		if len(found.Data) < search.want || (search.want < 2 && len(found.Data) != search.want) {
			return "", fmt.Errorf("%d instead of %d by %v", len(found.Data), search.want, search.query)
		}
	}
	return fmt.Sprintf("%d ways to ask", len(searches)), nil
}

func (d *dataPlane) deleteAcls() (string, error) {
	var gone collectionOfDeleted
	if err := d.rest.do("DELETE", d.at("acls"), filter(d.rule("TOPIC", "made", "LITERAL", "READ")), nil, 200, &gone); err != nil {
		return "", err
	}
	one := len(gone.Data)
	everything := url.Values{"resource_type": {"ANY"}, "pattern_type": {"ANY"}, "operation": {"ANY"}, "permission": {"ANY"}, "principal": {d.principal}}
	if err := d.rest.do("DELETE", d.at("acls"), everything, nil, 200, &gone); err != nil {
		return "", err
	}
	rest := len(gone.Data)
	if _, err := refused(d.rest.do("DELETE", d.at("acls"), url.Values{"principal": {d.principal}}, nil, 200, &gone), 400, "40002"); err != nil {
		return "", err
	}
	return expect(one == 1 && rest == 4, "200 with %d and %d; not without resource_type", one, rest)
}

type collectionOfDeleted struct {
	Data []acl `json:"data"`
}

func (d *dataPlane) brokerConfigs() (string, error) {
	path := d.at("broker-configs", "log.retention.ms")
	if err := d.rest.do("PUT", path, nil, body{"value": "86400000"}, 204, nil); err != nil {
		return "", err
	}
	var list collection[brokerConfig]
	if err := d.rest.do("GET", d.at("broker-configs"), nil, nil, 200, &list); err != nil {
		return "", err
	}
	var one brokerConfig
	if err := d.rest.do("GET", path, nil, nil, 200, &one); err != nil {
		return "", err
	}
	if err := d.rest.do("DELETE", path, nil, nil, 204, nil); err != nil {
		return "", err
	}
	return expect(*one.Value == "86400000" && one.ConfigType == "BROKER" && len(list.Data) > 0, "set, listed, read (%s), reset", one.Source)
}

func (d *dataPlane) groups() (string, error) {
	var list collection[consumerGroup]
	if err := d.rest.do("GET", d.at("consumer-groups"), nil, nil, 200, &list); err != nil {
		return "", err
	}
	var one consumerGroup
	if err := d.rest.do("GET", d.at("consumer-groups", d.group), nil, nil, 200, &one); err != nil {
		return "", err
	}
	return expect(len(list.Data) == 1 && one.State == "STABLE" && one.Type == "CLASSIC", "%s is %s and %s, assignor %s", d.group, one.State, one.Type, one.PartitionAssignor)
}

func (d *dataPlane) members() (string, error) {
	var list collection[consumer]
	if err := d.rest.do("GET", d.at("consumer-groups", d.group, "consumers"), nil, nil, 200, &list); err != nil {
		return "", err
	}
	if len(list.Data) == 0 {
		return "", errors.New("none")
	}
	var one consumer
	if err := d.rest.do("GET", d.at("consumer-groups", d.group, "consumers", list.Data[0].ConsumerID), nil, nil, 200, &one); err != nil {
		return "", err
	}
	var owned collection[assignment]
	if err := d.rest.do("GET", d.at("consumer-groups", d.group, "consumers", one.ConsumerID, "assignments"), nil, nil, 200, &owned); err != nil {
		return "", err
	}
	return expect(len(owned.Data) == 6, "%d, %s owns %d partitions", len(list.Data), one.ClientID, len(owned.Data))
}

func (d *dataPlane) lag() (string, error) {
	var summary lagSummary
	if err := d.rest.do("GET", d.at("consumer-groups", d.group, "lag-summary"), nil, nil, 200, &summary); err != nil {
		return "", err
	}
	var list collection[lag]
	if err := d.rest.do("GET", d.at("consumer-groups", d.group, "lags"), nil, nil, 200, &list); err != nil {
		return "", err
	}
	var total int64
	for _, each := range list.Data {
		total += each.Lag
	}
	var one lag
	if err := d.rest.do("GET", d.at("consumer-groups", d.group, "lags", d.groupTopic, "partitions", "0"), nil, nil, 200, &one); err != nil {
		return "", err
	}
	return expect(total == summary.TotalLag && total > 0 && summary.MaxLagTopicName == d.groupTopic, "total %d over %d partitions, the most %d", total, len(list.Data), summary.MaxLag)
}
