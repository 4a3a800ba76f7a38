#!/usr/bin/env python3
"""Holds the GuardDuty, CloudTrail and IAM stubs, and findings, against botocore's service models.

    guardduty.py --aws URL [FINDING.json ...]

Makes each call with boto3, which refuses parameters and paths the model does not know and signs as AWS wants it; reads
the raw answers and walks their keys against the output shapes, so that a member the model does not know is a failure.
Finding files hold one finding in wire form (camelCase) or an EventBridge event around one. One line per check; exit 0
only if all hold.
"""
import argparse
import datetime
import json
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

REGION = "eu-west-1"
FINDING = {
    "schemaVersion": "2.0", "accountId": "111122223333", "region": REGION, "partition": "aws", "id": "judge0000000000000000000000000001",
    "arn": f"arn:aws:guardduty:{REGION}:111122223333:detector/d/finding/judge0000000000000000000000000001",
    "type": "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom", "severity": 5, "title": "t", "description": "d",
    "createdAt": "2026-11-23T10:00:00.000Z", "updatedAt": "2026-11-23T10:05:00.000Z",
    "resource": {"resourceType": "AccessKey", "accessKeyDetails": {
        "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "principalId": "AIDA", "userType": "IAMUser", "userName": "ci"}},
    "service": {"serviceName": "guardduty", "detectorId": "d", "resourceRole": "TARGET", "archived": False, "count": 1,
                "eventFirstSeen": "2026-11-23T10:00:00Z", "eventLastSeen": "2026-11-23T10:05:00Z",
                "action": {"actionType": "AWS_API_CALL", "awsApiCallAction": {
                    "api": "CreateUser", "serviceName": "iam.amazonaws.com", "callerType": "Remote IP",
                    "remoteIpDetails": {"ipAddressV4": "198.51.100.7", "country": {"countryName": "Nowhere"},
                                        "city": {"cityName": ""}, "geoLocation": {"lat": 1.0, "lon": 2.0}}}}},
}
RECORD = {
    "eventID": "judge-event", "eventName": "CreateUser", "eventSource": "iam.amazonaws.com", "readOnly": False,
    # The history ends after ninety days.
    "eventTime": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "userIdentity": {"userName": "ci", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
    "resources": [{"ARN": "arn:aws:iam::111122223333:user/new", "type": "AWS::IAM::User"}],
}
failures = 0


def check(name, holds, why=""):
    global failures
    failures += not holds
    print(f"{'ok  ' if holds else 'FAIL'} {name}{'' if holds or not why else ': ' + str(why)}")


def unknown(shape, value, path=""):
    """Keys of a JSON value that the shape has no member for, and values of the wrong kind, as paths."""
    if value is None:
        return
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            yield f"{path} should be an object"
            return
        members = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        for key, item in value.items():
            if key not in members:
                yield f"{path}.{key}"
            else:
                yield from unknown(members[key], item, f"{path}.{key}")
        for name in shape.required_members:
            if shape.members[name].serialization.get("name", name) not in value:
                yield f"{path} lacks {name}"
    elif kind == "list":
        if not isinstance(value, list):
            yield f"{path} should be a list"
            return
        for item in value:
            yield from unknown(shape.member, item, f"{path}[]")
    elif kind == "map":
        for item in value.values():
            yield from unknown(shape.value, item, f"{path}.*")
    else:
        wanted = {"string": str, "boolean": bool, "integer": int, "long": int, "double": (int, float), "float": (int, float),
                  "timestamp": (int, float, str)}.get(kind)
        if wanted and (not isinstance(value, wanted) or kind != "boolean" and isinstance(value, bool)):
            yield f"{path} should be a {kind}, not {value!r}"


def client(name, url, raw):
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=True)
    made = boto3.client(name, region_name=REGION, endpoint_url=url, aws_access_key_id="AKIAJUDGE",
                        aws_secret_access_key="judge", config=config)

    # The raw body is read before botocore drops the members it does not know.
    made.meta.events.register("before-parse", lambda response_dict, operation_model, **_: raw.update(
        body=response_dict["body"], model=operation_model))
    return made


def control(url, path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/_sim/{path}", data=data, method=method,
                                     headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def judged(name, raw, call):
    """Makes a call and walks its raw answer."""
    answer = call()
    body = json.loads(raw["body"] or b"{}")
    problems = list(unknown(raw["model"].output_shape, body))
    check(f"{name}: every member of the answer is in the model", not problems, problems)
    check(f"{name}: the answer has a request id", bool(answer["ResponseMetadata"].get("RequestId")))
    return answer


def guardduty(url):
    raw = {}
    aws = client("guardduty", url, raw)
    control(url, "findings", FINDING)
    detector = judged("ListDetectors", raw, aws.list_detectors)["DetectorIds"][0]
    judged("GetDetector", raw, lambda: aws.get_detector(DetectorId=detector))
    since = {"updatedAt": {"GreaterThanOrEqual": 1_795_428_000_000}, "service.archived": {"Equals": ["false"]},
             "id": {"Equals": [FINDING["id"]]}}
    listed = lambda: aws.list_findings(DetectorId=detector, FindingCriteria={"Criterion": since}, MaxResults=50,
                                       SortCriteria={"AttributeName": "updatedAt", "OrderBy": "DESC"})
    ids = [FINDING["id"]]
    check("ListFindings finds it by updatedAt", judged("ListFindings", raw, listed)["FindingIds"] == ids)
    got = judged("GetFindings", raw, lambda: aws.get_findings(DetectorId=detector, FindingIds=ids + ["never"]))
    check("GetFindings leaves unknown ids out", [one["Id"] for one in got["Findings"]] == ids)
    judged("UpdateFindingsFeedback", raw, lambda: aws.update_findings_feedback(
        DetectorId=detector, FindingIds=ids, Feedback="NOT_USEFUL", Comments="judge"))
    judged("ArchiveFindings", raw, lambda: aws.archive_findings(DetectorId=detector, FindingIds=ids))
    check("an archived finding is no longer listed", listed()["FindingIds"] == [])
    check("the stub says it is archived", FINDING["id"] in control(url, "archived"))
    judged("UnarchiveFindings", raw, lambda: aws.unarchive_findings(DetectorId=detector, FindingIds=ids))
    check("an unarchived finding is listed again", listed()["FindingIds"] == ids)
    refused("a foreign detector is refused", "BadRequestException", lambda: aws.list_findings(DetectorId="0" * 32))
    for code in ("AccessDeniedException", "TooManyRequestsException", "InternalServerErrorException"):
        control(url, "faults", {"on": "GetFindings", "fault": {"kind": "error", "code": code}, "times": 1})
        refused(f"planned {code}", code, lambda: aws.get_findings(DetectorId=detector, FindingIds=ids))
    try:
        aws.get_findings(DetectorId=detector)
        check("boto3 validates parameters", False)
    except ParamValidationError:
        check("boto3 validates parameters", True)
    control(url, f"findings?id={FINDING['id']}", method="DELETE")
    return aws.meta.service_model.shape_for("Finding")


def cloudtrail(url):
    raw = {}
    aws = client("cloudtrail", url, raw)
    control(url, "events", {"region": REGION, "record": RECORD})
    by_key = [{"AttributeKey": "AccessKeyId", "AttributeValue": "AKIAIOSFODNN7EXAMPLE"}]
    answer = judged("LookupEvents", raw, lambda: aws.lookup_events(LookupAttributes=by_key, MaxResults=50))
    check("LookupEvents finds the event by its key", any(e["EventId"] == "judge-event" for e in answer["Events"]))
    check("CloudTrailEvent is the record", json.loads(answer["Events"][0]["CloudTrailEvent"]) == RECORD)
    control(url, "faults", {"on": "LookupEvents", "fault": {"kind": "throttle"}, "times": 1})
    refused("planned throttling", "ThrottlingException", aws.lookup_events)
    shape = aws.meta.service_model.shape_for("LookupAttributeKey")
    for key in shape.enum:
        aws.lookup_events(LookupAttributes=[{"AttributeKey": key, "AttributeValue": "never"}])
    check("every attribute of the model can be looked up", True)
    refused("an attribute that is none is refused", "InvalidLookupAttributesException",
            lambda: aws.lookup_events(LookupAttributes=[{"AttributeKey": "Colour", "AttributeValue": "red"}]))
    for n in range(3):
        control(url, "events", {"region": REGION, "record": dict(RECORD, eventID=f"judge-page-{n}", eventName="Paged")})
    paged = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "Paged"}], "MaxResults": 2}
    first = judged("LookupEvents, paged", raw, lambda: aws.lookup_events(**paged))
    rest = aws.lookup_events(**paged, NextToken=first["NextToken"])
    check("pages add up", (len(first["Events"]), len(rest["Events"]), "NextToken" in rest) == (2, 1, False))
    refused("a token of another question is refused", "InvalidNextTokenException",
            lambda: aws.lookup_events(MaxResults=2, NextToken=first["NextToken"]))
    now = datetime.datetime.now(datetime.timezone.utc)
    refused("time must not run backwards", "InvalidTimeRangeException",
            lambda: aws.lookup_events(StartTime=now, EndTime=now - datetime.timedelta(hours=1)))
    control(url, "lookups", {"per_second": 2})
    allowed = 0
    try:
        for _ in range(3):
            aws.lookup_events(MaxResults=1)
            allowed += 1
    except ClientError as problem:
        check("the third call in a second is throttled", problem.response["Error"]["Code"] == "ThrottlingException", problem)
    check("and not the first two", allowed == 2, allowed)
    control(url, "lookups", {"per_second": None})


def iam(url):
    aws = client("iam", url, {})
    for listed_by, call, members, name in (
            ("ListSSHPublicKeys", aws.list_ssh_public_keys, "SSHPublicKeys", "SSHPublicKeyId"),
            ("ListServiceSpecificCredentials", aws.list_service_specific_credentials, "ServiceSpecificCredentials", "ServiceName"),
            ("ListSigningCertificates", aws.list_signing_certificates, "Certificates", "CertificateId")):
        control(url, "extras", {"user": "judge", "listed_by": listed_by, "name": "APKAJUDGEJUDGEJUDGE1", "status": "Active"})
        listed = call(UserName="judge")[members]
        shape = aws.meta.service_model.operation_model(listed_by).output_shape.members[members].member
        check(f"{listed_by} lists it", [(one[name], one["Status"]) for one in listed] == [("APKAJUDGEJUDGEJUDGE1", "Active")], listed)
        check(f"{listed_by}: nothing the model requires is missing",
              all(needed in one for one in listed for needed in shape.required_members), listed)
    arn = "arn:aws:iam::111122223333:user/judge"
    control(url, "services", {"arn": arn, "service": "s3", "last": "2026-11-23T10:00:00Z"})
    job = aws.generate_service_last_accessed_details(Arn=arn)["JobId"]
    first = aws.get_service_last_accessed_details(JobId=job)["JobStatus"]
    done = aws.get_service_last_accessed_details(JobId=job)
    services = [one["ServiceNamespace"] for one in done["ServicesLastAccessed"]]
    check("services come with the second look", (first, done["JobStatus"], services) == ("IN_PROGRESS", "COMPLETED", ["s3"]))
    refused("an unknown job is refused", "NoSuchEntity", lambda: aws.get_service_last_accessed_details(JobId="0" * 36))


def refused(name, code, call):
    try:
        call()
        check(name, False, "the call succeeded")
    except ClientError as problem:
        check(name, problem.response["Error"]["Code"] == code, problem)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--aws", required=True)
    parser.add_argument("findings", nargs="*")
    options = parser.parse_args()
    url = options.aws.rstrip("/")
    shape = guardduty(url)
    cloudtrail(url)
    iam(url)
    problems = list(unknown(shape, FINDING))
    check("the judge's own finding fits the model", not problems, problems)
    surprise = dict(FINDING, surprise=1)
    check("a member the model does not know is noticed", list(unknown(shape, surprise)) == [".surprise"])
    for path in options.findings:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        problems = list(unknown(shape, document.get("detail", document)))
        if "detail" in document:
            # EventBridge spells additionalInfo out, where the API has a JSON text in `value`.
            problems = [one for one in problems if not one.startswith(".service.additionalInfo.")]
        check(f"{path} fits the model", not problems, problems)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
