"""Findings as GuardDuty would hold them, each about something that is really there in the emulated account.

Never here: sending them, or what is done about them.
"""
import datetime
import hashlib
import secrets

from aws import ACCOUNT, REGION

THREAT = {"address": "198.51.100.23", "city": "Amsterdam", "country": "Netherlands", "lat": 52.37, "lon": 4.9}
ELSEWHERE = {"address": "203.0.113.77", "city": "Lagos", "country": "Nigeria", "lat": 6.45, "lon": 3.4}


def stamp(minutes):
    """So many minutes ago, as GuardDuty writes it."""
    then = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)
    return then.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def finding(detector, kind, title, words, resource, action, severity=5, count=1, info=None):
    """What every finding has."""
    id = hashlib.md5(secrets.token_bytes(16), usedforsecurity=False).hexdigest()
    service = {
        "serviceName": "guardduty", "detectorId": detector, "resourceRole": "TARGET", "archived": False,
        "count": count, "eventFirstSeen": stamp(6), "eventLastSeen": stamp(4), "action": action}
    if info:
        service["additionalInfo"] = info
    return {
        "schemaVersion": "2.0", "accountId": ACCOUNT, "region": REGION, "partition": "aws", "id": id,
        "arn": f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{detector}/finding/{id}", "type": kind,
        "severity": severity, "createdAt": stamp(1), "updatedAt": stamp(1), "title": title, "description": words,
        "resource": resource, "service": service}


def access_key(user, key=True):
    """The resource of a finding about a user."""
    details = {"principalId": user.id, "userType": "IAMUser", "userName": user.name}
    if key:
        details["accessKeyId"] = user.key[0]
    return {"resourceType": "AccessKey", "accessKeyDetails": details}


def call(api, service, place):
    """The action of a finding about an API call."""
    return {"actionType": "AWS_API_CALL", "awsApiCallAction": {
        "api": api, "serviceName": service, "callerType": "Remote IP", "remoteIpDetails": {
            "ipAddressV4": place["address"], "country": {"countryName": place["country"]},
            "city": {"cityName": place["city"]}, "geoLocation": {"lat": place["lat"], "lon": place["lon"]},
            "organization": {"asn": "64500", "asnOrg": "Example Hosting", "isp": "Example Hosting",
                             "org": "Example Hosting"}}}}


def stolen_key(detector, user, place=None, api="ListBuckets"):
    place = place or THREAT
    return finding(
        detector, "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom",
        f"{user.name} was used from an address on a threat list",
        "An API was called with this user's access key from an address on a threat list.",
        access_key(user), call(api, "s3.amazonaws.com", place))


def console_sign_in(detector, user):
    return finding(
        detector, "UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B",
        f"{user.name} signed in to the console from two places at once",
        "Several successful console sign-ins of this user from places far apart, within a short time.",
        access_key(user), call("ConsoleLogin", "signin.amazonaws.com", ELSEWHERE))


def session_resource(role, session, key):
    return {"resourceType": "AccessKey", "accessKeyDetails": {
        "accessKeyId": key[0], "principalId": f"{role.id}:{session}", "userType": "AssumedRole", "userName": role.name}}


def stolen_session(detector, role, session, key):
    return finding(
        detector, "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom",
        f"A session of {role.name} was used from an address on a threat list",
        "An API was called with credentials of this role's session from an address on a threat list.",
        session_resource(role, session, key), call("ListBuckets", "s3.amazonaws.com", THREAT))


def exfiltrated(detector, role, instance, key):
    return finding(
        detector, "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
        f"Credentials of instance {instance} were used from outside of AWS",
        "Credentials that only this EC2 instance should hold were used from an external address.",
        session_resource(role, instance, key), call("ListBuckets", "s3.amazonaws.com", THREAT), severity=8)


def public_bucket(detector, bucket, user):
    """Somebody of the account made a bucket readable for everybody."""
    open_ = {"allowsPublicReadAccess": True, "allowsPublicWriteAccess": False}
    shut = {"allowsPublicReadAccess": False, "allowsPublicWriteAccess": False}
    off = {"ignorePublicAcls": False, "restrictPublicBuckets": False, "blockPublicAcls": False, "blockPublicPolicy": False}
    return finding(
        detector, "Policy:S3/BucketAnonymousAccessGranted", f"Anybody may read the bucket {bucket}",
        "A bucket policy was changed so that the bucket can be read without credentials.",
        {**access_key(user), "resourceType": "S3Bucket", "s3BucketDetails": [{
            "arn": f"arn:aws:s3:::{bucket}", "name": bucket, "type": "Destination",
            "owner": {"id": "0" * 64}, "tags": [], "publicAccess": {
                "effectivePermission": "PUBLIC", "permissionConfiguration": {
                    "accountLevelPermissions": {"blockPublicAccess": off},
                    "bucketLevelPermissions": {"accessControlList": shut, "bucketPolicy": open_, "blockPublicAccess": off}}}}]},
        call("PutBucketPolicy", "s3.amazonaws.com", ELSEWHERE), severity=8)


def mining(detector, instance):
    """An instance looks up a mining pool."""
    shown = {
        "instanceId": instance["InstanceId"], "instanceType": instance["InstanceType"],
        "launchTime": instance["LaunchTime"].strftime("%Y-%m-%dT%H:%M:%S.000Z"), "imageId": instance["ImageId"],
        "instanceState": instance["State"]["Name"], "availabilityZone": instance["Placement"]["AvailabilityZone"],
        "tags": [{"key": tag["Key"], "value": tag["Value"]} for tag in instance["Tags"]],
        "networkInterfaces": [{
            "networkInterfaceId": one["NetworkInterfaceId"], "vpcId": one["VpcId"], "subnetId": one["SubnetId"],
            "privateIpAddress": one["PrivateIpAddress"], "publicIp": one.get("Association", {}).get("PublicIp"),
            "securityGroups": [{"groupId": group["GroupId"], "groupName": group["GroupName"]} for group in one["Groups"]]}
            for one in instance["NetworkInterfaces"]]}
    return finding(
        detector, "CryptoCurrency:EC2/BitcoinTool.B!DNS", f"Instance {instance['InstanceId']} looks up a mining pool",
        "The instance queries a domain name that is associated with cryptocurrency mining.",
        {"resourceType": "Instance", "instanceDetails": shown},
        {"actionType": "DNS_REQUEST", "dnsRequestAction": {"domain": "pool.example.net", "protocol": "UDP", "blocked": False}},
        severity=8)


def root_use(detector):
    details = {"accessKeyId": "", "principalId": ACCOUNT, "userType": "Root", "userName": "Root"}
    return finding(
        detector, "Policy:IAMUser/RootCredentialUsage", "The root credentials of the account were used",
        "An API was called with root credentials, which should be locked away.",
        {"resourceType": "AccessKey", "accessKeyDetails": details}, call("ListAccessKeys", "iam.amazonaws.com", ELSEWHERE),
        severity=2)


def sample(detector):
    """What the console's "Generate sample findings" makes: it names things that are nowhere."""
    details = {"accessKeyId": "GeneratedFindingAccessKeyId", "principalId": "GeneratedFindingPrincipalId",
               "userType": "IAMUser", "userName": "GeneratedFindingUserName"}
    return finding(
        detector, "Recon:IAMUser/TorIPCaller", "[SAMPLE] Reconnaissance API was invoked from a Tor exit node.",
        "A sample.", {"resourceType": "AccessKey", "accessKeyDetails": details},
        call("ListUsers", "iam.amazonaws.com", THREAT),
        info={"sample": True, "value": '{"sample":true}', "type": "default"})
