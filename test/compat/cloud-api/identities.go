package main

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

func unwrapRefusal(err error) (*refusal, bool) {
	var r *refusal
	return r, errors.As(err, &r)
}

func (c *controlPlane) createAccount() (string, error) {
	err := c.do("POST", "/iam/v2/service-accounts", nil, body{"display_name": "cloud-api", "description": "made by a test"}, 201, &c.account)
	return "201", err
}

func (c *controlPlane) findAccount() (string, error) {
	for n := range 105 {
		if err := c.do("POST", "/iam/v2/service-accounts", nil, body{"display_name": fmt.Sprintf("page-%03d", n)}, 201, &serviceAccount{}); err != nil {
			return "", err
		}
	}
	all, pages, err := everyPage[serviceAccount](c.client, "/iam/v2/service-accounts", url.Values{}, 100)
	if err != nil {
		return "", err
	}
	ids := map[string]bool{}
	for _, each := range all {
		ids[each.ID] = true
	}
	found, _, err := everyPage[serviceAccount](c.client, "/iam/v2/service-accounts", url.Values{"display_name": {"cloud-api"}}, 99)
	if err != nil {
		return "", err
	}
	return expect(len(all) > 105 && len(ids) == len(all) && pages == 2 && len(found) == 1 && found[0].ID == c.account.ID, "among %d, each once, on %d pages of 100", len(all), pages)
}

func (c *controlPlane) accountTwice() (string, error) {
	r, err := refused(c.do("POST", "/iam/v2/service-accounts", nil, body{"display_name": "cloud-api"}, 201, &serviceAccount{}), 409, "resource_already_exists")
	if err != nil {
		return "", err
	}
	return "409: " + r.detail, nil
}

func (c *controlPlane) describeAccount() (string, error) {
	err := c.do("PATCH", "/iam/v2/service-accounts/"+c.account.ID, nil, body{"description": "changed"}, 200, &c.account)
	if err != nil {
		return "", err
	}
	return expect(c.account.Description != nil && *c.account.Description == "changed" && c.account.DisplayName == "cloud-api", "200 with the whole object")
}

func (c *controlPlane) deleteAccount() (string, error) {
	return "204, empty", c.do("DELETE", "/iam/v2/service-accounts/"+c.account.ID, nil, nil, 204, nil)
}

func (c *controlPlane) readUsers() (string, error) {
	all, _, err := everyPage[user](c.client, "/iam/v2/users", url.Values{}, 99)
	if err != nil {
		return "", err
	}
	if len(all) == 0 {
		return "", errors.New("none")
	}
	return fmt.Sprintf("%d, %s", len(all), all[0].AuthType), c.do("GET", "/iam/v2/users/"+all[0].ID, nil, nil, 200, &user{})
}

func (c *controlPlane) createKey() (string, error) {
	target := ref(c.cluster.ID, "cmk/v2", "Cluster")
	target.Environment = pointer(c.environment.ID)
	spec := body{"display_name": "cloud-api", "description": "a cluster key", "owner": ref(c.account.ID, "iam/v2", "ServiceAccount"), "resource": target}
	if err := c.do("POST", "/iam/v2/api-keys", nil, body{"spec": spec}, 202, &c.key); err != nil {
		return "", err
	}
	resource := c.key.Spec.Resource
	held := c.key.Spec.Secret != nil && len(*c.key.Spec.Secret) >= 64 && resource != nil && *resource.Kind == "Cluster" && *resource.APIVersion == "cmk/v2" && *c.key.Spec.Owner.Kind == "ServiceAccount"
	return expect(held, "202 with the secret; resource is a Cluster of cmk/v2")
}

// keyReady asks as the Terraform provider does: the cluster for its endpoint, then that endpoint for topics with the new key, until it has said 200 twice.
func (c *controlPlane) keyReady() (string, error) {
	if err := c.readCluster(); err != nil {
		return "", err
	}
	fresh := newClient(*c.cluster.Spec.HTTPEndpoint, c.key.ID, *c.key.Spec.Secret)
	good, asked := 0, 0
	err := poll("200 twice", func() (bool, error) {
		asked++
		err := fresh.do("GET", "/kafka/v3/clusters/"+c.cluster.ID+"/topics", nil, nil, 200, &collection[topic]{})
		if r, ok := unwrapRefusal(err); ok && r.status != 401 && r.status != 403 {
			return false, err
		} else if err == nil {
			good++
		}
		return good == 2, nil
	})
	return fmt.Sprintf("200 twice, asked %d times", asked), err
}

func (c *controlPlane) createCloudKey() (string, error) {
	spec := body{"display_name": "cloud", "owner": ref(c.account.ID, "iam/v2", "ServiceAccount"), "resource": ref("cloud", "iam/v2", "Cloud")}
	if err := c.do("POST", "/iam/v2/api-keys", nil, body{"spec": spec}, 202, &c.cloudKey); err != nil {
		return "", err
	}
	if c.cloudKey.Spec.Secret == nil || c.cloudKey.Spec.Resource == nil || *c.cloudKey.Spec.Resource.Kind != "Cloud" {
		return "", errors.New("no secret, or resource is no Cloud")
	}
	fresh := newClient(c.base, c.cloudKey.ID, *c.cloudKey.Spec.Secret)
	return "202, and it is let in at once", fresh.do("GET", "/org/v2/environments", nil, nil, 200, &listOf[environment]{})
}

func (c *controlPlane) listKeys() (string, error) {
	owned, _, err := everyPage[apiKey](c.client, "/iam/v2/api-keys", url.Values{"spec.owner": {c.account.ID}}, 99)
	if err != nil {
		return "", err
	}
	of, _, err := everyPage[apiKey](c.client, "/iam/v2/api-keys", url.Values{"spec.owner": {c.account.ID}, "spec.resource": {c.cluster.ID}}, 99)
	if err != nil {
		return "", err
	}
	return expect(len(owned) == 2 && len(of) == 1 && of[0].Spec.Secret == nil, "%d by owner, %d by owner and resource, without secrets", len(owned), len(of))
}

func (c *controlPlane) renameKey() (string, error) {
	var changed apiKey
	err := c.do("PATCH", "/iam/v2/api-keys/"+c.key.ID, nil, body{"spec": body{"display_name": "renamed", "description": "changed"}}, 200, &changed)
	if err != nil {
		return "", err
	}
	return expect(*changed.Spec.DisplayName == "renamed" && changed.Spec.Secret == nil, "200 with the whole object, without the secret")
}

func (c *controlPlane) deleteKeys() (string, error) {
	for _, key := range []apiKey{c.key, c.cloudKey} {
		if err := c.do("DELETE", "/iam/v2/api-keys/"+key.ID, nil, nil, 204, nil); err != nil {
			return "", err
		}
	}
	return "204, empty", nil
}

func (c *controlPlane) deletedKey() (string, error) {
	stale := newClient(c.base, c.cloudKey.ID, *c.cloudKey.Spec.Secret)
	_, err := refused(stale.do("GET", "/org/v2/environments", nil, nil, 200, &listOf[environment]{}), 401, "unauthorized")
	if err != nil {
		return "", err
	}
	stale = newClient(c.base, c.key.ID, *c.key.Spec.Secret)
	_, err = refused(stale.do("GET", "/kafka/v3/clusters/"+c.cluster.ID+"/topics", nil, nil, 200, &collection[topic]{}), 401, "40101")
	return "401 in both dialects, so that nobody takes things for gone", err
}

func (c *controlPlane) wrongSecret() (string, error) {
	wrong := newClient(c.base, c.client.key, "nonsense")
	r, err := refused(wrong.do("GET", "/org/v2/environments/"+c.environment.ID, nil, nil, 200, &environment{}), 401, "unauthorized")
	if err != nil {
		return "", err
	}
	return "401: " + r.detail, nil
}

func (c *controlPlane) createBinding() (string, error) {
	pattern := strings.TrimSuffix(c.cluster.Metadata.ResourceName, "/kafka="+c.cluster.ID)
	err := c.do("POST", "/iam/v2/role-bindings", nil, body{"principal": "User:" + c.account.ID, "role_name": "CloudClusterAdmin", "crn_pattern": pattern}, 201, &c.binding)
	if err != nil {
		return "", err
	}
	var read roleBinding
	err = c.do("GET", "/iam/v2/role-bindings/"+c.binding.ID, nil, nil, 200, &read)
	return expect(err == nil && read.CrnPattern == pattern && strings.HasPrefix(read.ID, "rb-"), "201 %s", read.RoleName)
}

func (c *controlPlane) listBindings() (string, error) {
	environmentCrn := c.environment.Metadata.ResourceName
	queries := []url.Values{
		{"crn_pattern": {c.binding.CrnPattern}, "principal": {"User:" + c.account.ID}, "role_name": {"CloudClusterAdmin"}},
		{"crn_pattern": {c.binding.CrnPattern}}, {"crn_pattern": {c.cluster.Metadata.ResourceName}}, {"crn_pattern": {environmentCrn + "/*"}},
		{"crn_pattern": {c.organization.Metadata.ResourceName + "/*"}, "principal": {"User:" + c.account.ID}},
	}
	for _, query := range queries {
		all, _, err := everyPage[roleBinding](c.client, "/iam/v2/role-bindings", query, 99)
		if err != nil {
			return "", err
		}
		if len(all) != 1 || all[0].ID != c.binding.ID {
			return "", fmt.Errorf("%d by %v", len(all), query)
		}
	}
	return fmt.Sprintf("found by %d ways to ask", len(queries)), nil
}

func (c *controlPlane) bindingTwice() (string, error) {
	again := body{"principal": c.binding.Principal, "role_name": c.binding.RoleName, "crn_pattern": c.binding.CrnPattern}
	r, err := refused(c.do("POST", "/iam/v2/role-bindings", nil, again, 201, &roleBinding{}), 409, "resource_already_exists")
	if err != nil {
		return "", err
	}
	return "409: " + r.detail, nil
}

func (c *controlPlane) deleteBinding() (string, error) {
	var gone roleBinding
	err := c.do("DELETE", "/iam/v2/role-bindings/"+c.binding.ID, nil, nil, 200, &gone)
	return expect(err == nil && gone.ID == c.binding.ID, "200 with the object")
}
