import { rulesOnDynamo } from '../support/rules-on-dynamo.ts';

rulesOnDynamo(330);
