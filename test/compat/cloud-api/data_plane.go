package main

import (
	"fmt"
	"net/url"
	"strings"
)

// dataPlane uses Kafka REST of a cluster that has a group with a member, with a cluster key of an administrator's.
type dataPlane struct {
	admin                *client
	rest                 *client
	environment, cluster string
	group, groupTopic    string
	principal            string
}

func (d *dataPlane) steps() []step {
	return []step{
		{"a key for Kafka REST", d.login}, {"the list of clusters", d.listClusters}, {"read the cluster", d.readCluster}, {"create a topic", d.createTopic}, {"only see whether it could be", d.validateTopic}, {"it again", d.topicTwice},
		{"read it", d.readTopic}, {"read its configs", d.readConfigs}, {"alter several configs", d.alterConfigs}, {"set and reset one", d.setConfig}, {"a value that can't be", d.configRefused},
		{"add partitions", d.addPartitions}, {"fewer partitions", d.fewerPartitions}, {"over 100 topics", d.manyTopics}, {"create ACLs", d.createAcls}, {"search ACLs", d.searchAcls}, {"delete ACLs", d.deleteAcls},
		{"broker configs", d.brokerConfigs}, {"consumer groups", d.groups}, {"members", d.members}, {"lag", d.lag}, {"an unknown topic", d.unknownTopic}, {"delete topics", d.deleteTopics},
	}
}

func (d *dataPlane) at(parts ...string) string {
	path := "/kafka/v3/clusters/" + d.cluster
	for _, part := range parts {
		path += "/" + url.PathEscape(part)
	}
	return path
}

func (d *dataPlane) login() (string, error) {
	var self listOf[user]
	if err := d.admin.do("GET", "/iam/v2/users", nil, nil, 200, &self); err != nil {
		return "", err
	}
	target := ref(d.cluster, "cmk/v2", "Cluster")
	target.Environment = pointer(d.environment)
	var key apiKey
	if err := d.admin.do("POST", "/iam/v2/api-keys", nil, body{"spec": body{"owner": ref(self.Data[0].ID, "iam/v2", "User"), "resource": target}}, 202, &key); err != nil {
		return "", err
	}
	var found cluster
	if err := d.admin.do("GET", "/cmk/v2/clusters/"+d.cluster, in(d.environment), nil, 200, &found); err != nil {
		return "", err
	}
	d.principal = "User:sa-cloudapi"
	d.rest = newClient(*found.Spec.HTTPEndpoint, key.ID, *key.Spec.Secret)
	return "made", nil
}

func (d *dataPlane) listClusters() (string, error) {
	var list collection[kafkaCluster]
	if err := d.rest.do("GET", "/kafka/v3/clusters", nil, nil, 200, &list); err != nil {
		return "", err
	}
	return expect(len(list.Data) == 1 && list.Data[0].ClusterID == d.cluster, "%s: the key's own", list.Kind)
}

func (d *dataPlane) readCluster() (string, error) {
	var found kafkaCluster
	if err := d.rest.do("GET", d.at(), nil, nil, 200, &found); err != nil {
		return "", err
	}
	return expect(found.ClusterID == d.cluster, "%s with its links", found.Kind)
}

func (d *dataPlane) createTopic() (string, error) {
	asked := body{"topic_name": "made", "partitions_count": 3, "replication_factor": 1, "configs": []body{{"name": "retention.ms", "value": "3600000"}, {"name": "cleanup.policy", "value": "delete"}}}
	var made topic
	if err := d.rest.do("POST", d.at("topics"), nil, asked, 201, &made); err != nil {
		return "", err
	}
	return expect(made.PartitionsCount == 3 && made.TopicName == "made", "201 with %d partitions", made.PartitionsCount)
}

func (d *dataPlane) validateTopic() (string, error) {
	var made topic
	if err := d.rest.do("POST", d.at("topics"), nil, body{"topic_name": "not-made", "partitions_count": 2, "validate_only": true}, 200, &made); err != nil {
		return "", err
	}
	_, err := refused(d.rest.do("GET", d.at("topics", "not-made"), nil, nil, 200, &topic{}), 404, "40403")
	return "200, and it isn't there", err
}

func (d *dataPlane) topicTwice() (string, error) {
	r, err := refused(d.rest.do("POST", d.at("topics"), nil, body{"topic_name": "made"}, 201, &topic{}), 400, "40002")
	if err != nil {
		return "", err
	}
	return "400 40002: " + r.detail, nil
}

func (d *dataPlane) readTopic() (string, error) {
	var found topic
	if err := d.rest.do("GET", d.at("topics", "made"), url.Values{"include_authorized_operations": {"true"}}, nil, 200, &found); err != nil {
		return "", err
	}
	var list collection[topic]
	if err := d.rest.do("GET", d.at("topics"), nil, nil, 200, &list); err != nil {
		return "", err
	}
	return expect(found.AuthorizedOperations != nil && len(*found.AuthorizedOperations) > 0 && len(list.Data) > 1, "with %d authorized operations, in a list of %d", len(*found.AuthorizedOperations), len(list.Data))
}

func (d *dataPlane) readConfigs() (string, error) {
	var all, ofAll collection[topicConfig]
	if err := d.rest.do("GET", d.at("topics", "made", "configs"), nil, nil, 200, &all); err != nil {
		return "", err
	}
	if err := d.rest.do("GET", d.at("topics", "-", "configs"), nil, nil, 200, &ofAll); err != nil {
		return "", err
	}
	var one topicConfig
	if err := d.rest.do("GET", d.at("topics", "made", "configs", "retention.ms"), nil, nil, 200, &one); err != nil {
		return "", err
	}
	return expect(*one.Value == "3600000" && one.Source == "DYNAMIC_TOPIC_CONFIG" && !one.IsDefault && len(ofAll.Data) > len(all.Data), "%d of the topic, %d of all", len(all.Data), len(ofAll.Data))
}

func (d *dataPlane) config(name string) (topicConfig, error) {
	var one topicConfig
	return one, d.rest.do("GET", d.at("topics", "made", "configs", name), nil, nil, 200, &one)
}

func (d *dataPlane) alterConfigs() (string, error) {
	change := []body{{"name": "retention.ms", "value": "86400000", "operation": "SET"}, {"name": "max.message.bytes", "value": "65536"}, {"name": "cleanup.policy", "value": nil, "operation": "DELETE"}}
	if err := d.rest.do("POST", d.at("topics", "made")+"/configs:alter", nil, body{"data": change, "validate_only": false}, 204, nil); err != nil {
		return "", err
	}
	retention, err := d.config("retention.ms")
	if err != nil {
		return "", err
	}
	policy, err := d.config("cleanup.policy")
	if err != nil {
		return "", err
	}
	return expect(*retention.Value == "86400000" && policy.Source == "DEFAULT_CONFIG", "204, empty; set and reset")
}

func (d *dataPlane) setConfig() (string, error) {
	path := d.at("topics", "made", "configs", "segment.ms")
	if err := d.rest.do("PUT", path, nil, body{"value": "700000"}, 204, nil); err != nil {
		return "", err
	}
	set, err := d.config("segment.ms")
	if err != nil {
		return "", err
	}
	if err := d.rest.do("DELETE", path, nil, nil, 204, nil); err != nil {
		return "", err
	}
	reset, err := d.config("segment.ms")
	return expect(err == nil && *set.Value == "700000" && reset.Source == "DEFAULT_CONFIG", "204, empty, both")
}

func (d *dataPlane) configRefused() (string, error) {
	r, err := refused(d.rest.do("PUT", d.at("topics", "made", "configs", "retention.ms"), nil, body{"value": "long"}, 204, nil), 400, "40002")
	if err != nil {
		return "", err
	}
	return "400 40002: " + r.detail, nil
}

func (d *dataPlane) addPartitions() (string, error) {
	var changed topic
	if err := d.rest.do("PATCH", d.at("topics", "made"), nil, body{"partitions_count": 5}, 200, &changed); err != nil {
		return "", err
	}
	var list collection[partition]
	if err := d.rest.do("GET", d.at("topics", "made", "partitions"), nil, nil, 200, &list); err != nil {
		return "", err
	}
	return expect(changed.PartitionsCount == 5 && len(list.Data) == 5, "200 with %d", len(list.Data))
}

func (d *dataPlane) fewerPartitions() (string, error) {
	r, err := refused(d.rest.do("PATCH", d.at("topics", "made"), nil, body{"partitions_count": 2}, 200, &topic{}), 400, "40002")
	if err != nil {
		return "", err
	}
	return "400 40002: " + r.detail, nil
}

func (d *dataPlane) manyTopics() (string, error) {
	for n := range 105 {
		if err := d.rest.do("POST", d.at("topics"), nil, body{"topic_name": fmt.Sprintf("many-%03d", n), "partitions_count": 1}, 201, &topic{}); err != nil {
			return "", err
		}
	}
	var list collection[topic]
	if err := d.rest.do("GET", d.at("topics"), nil, nil, 200, &list); err != nil {
		return "", err
	}
	return expect(len(list.Data) >= 106 && list.Metadata.Next == nil, "%d in one list, as this API does", len(list.Data))
}

func (d *dataPlane) unknownTopic() (string, error) {
	r, err := refused(d.rest.do("GET", d.at("topics", "nowhere"), nil, nil, 200, &topic{}), 404, "40403")
	if err != nil {
		return "", err
	}
	return "404 40403: " + r.detail, nil
}

func (d *dataPlane) deleteTopics() (string, error) {
	var list collection[topic]
	if err := d.rest.do("GET", d.at("topics"), nil, nil, 200, &list); err != nil {
		return "", err
	}
	gone := 0
	for _, each := range list.Data {
		if each.TopicName != "made" && !strings.HasPrefix(each.TopicName, "many-") {
			continue
		}
		if err := d.rest.do("DELETE", d.at("topics", each.TopicName), nil, nil, 204, nil); err != nil {
			return "", err
		}
		gone++
	}
	_, err := refused(d.rest.do("DELETE", d.at("topics", "made"), nil, nil, 204, nil), 404, "40403")
	return fmt.Sprintf("%d, 204 and empty, then 404", gone), err
}
