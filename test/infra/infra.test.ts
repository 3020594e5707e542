// One file, so that the CDK is loaded once: loading it takes longer than every check together.
import './alarms.case.ts';
import './app.case.ts';
import './bundle.case.ts';
import './clean.case.ts';
import './collect.case.ts';
import './cost.case.ts';
import './deployment.case.ts';
import './order.case.ts';
import './profiles.case.ts';
import './fire.case.ts';
import './firewall.case.ts';
import './lake.case.ts';
import './redrive.case.ts';
import './serve.case.ts';
import './stitch.case.ts';
import './stores.case.ts';
import './vault.case.ts';
